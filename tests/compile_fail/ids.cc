// Ids of different tables do not mix, and no integer becomes one unasked.

#include "orderstore/ids.h"

namespace orderstore {

[[maybe_unused]] void Ids() {
  CustomerId customer(7);
  OrderId order(7);
  BarcodeId barcode(7);
  int32_t raw = customer.value();
  bool same = customer == CustomerId(7) && order == OrderId(7) &&
              barcode == BarcodeId(7) && customer < CustomerId(8);

#ifdef OrderIdFromCustomerId  // error: conversion
  OrderId converted = customer;
#endif
#ifdef OrderIdConstructedFromCustomerId  // error: no matching
  OrderId constructed(customer);
#endif
#ifdef OrderIdAssignedFromBarcodeId  // error: no match|no viable
  order = barcode;
#endif
#ifdef EqualityOfDifferentIds  // error: no match|invalid operands
  same = customer == order;
#endif
#ifdef OrderingOfDifferentIds  // error: no match|invalid operands
  same = order < barcode;
#endif
#ifdef IdFromInteger  // error: conversion
  CustomerId from_raw = raw;
#endif
#ifdef IdAssignedFromInteger  // error: no match|no viable
  customer = 7;
#endif
#ifdef IntegerCastFromId  // error: invalid|cannot convert
  raw = static_cast<int32_t>(customer);
#endif
#ifdef IntegerAssignedFromId  // error: cannot convert|assigning to
  raw = customer;
#endif
#ifdef IdComparedWithInteger  // error: no match|invalid operands
  same = customer == 7;
#endif
#ifdef IdAsCondition  // error: could not convert|not contextually convertible
  if (customer) same = false;
#endif
#ifdef ArithmeticOnIds  // error: no match|invalid operands|cannot increment
  ++customer;
#endif

  static_cast<void>(raw);
  static_cast<void>(same);
}

}  // namespace orderstore
