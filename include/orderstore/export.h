// Marks what a shared library of the store shows to those who link it.

#ifndef ORDERSTORE_EXPORT_H_
#define ORDERSTORE_EXPORT_H_

#if defined(__GNUC__)
#define ORDERSTORE_EXPORT __attribute__((visibility("default")))
#else
#define ORDERSTORE_EXPORT
#endif

#endif  // ORDERSTORE_EXPORT_H_
