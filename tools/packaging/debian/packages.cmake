# Packages of Debian, one a component:
#
#   cpack --config build/release/CPackConfig.cmake -B build/release/packages
#
# Included at the top level only: a host that installs the store makes packages
# of its own.

set(soversion ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
set(components runtime dev python)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME liborderstore${soversion})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME liborderstore-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_PYTHON_PACKAGE_NAME python3-orderstore)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SECTION python)
set(CPACK_DEBIAN_PYTHON_PACKAGE_ARCHITECTURE all)
if(ORDERSTORE_TOOLS)
  list(APPEND components tools)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME orderstore)
  set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION database)
endif()

# What the header files and the static library need; dpkg-shlibdeps finds what
# the others do. Each version of Abseil, which is a date, has a binary interface
# of its own; what was built between two versions has none to name.
if(absl_VERSION)
  math(EXPR absl_version_behind "${absl_VERSION_MAJOR} + 1")
  set(absl_packages "libabsl-dev (>= ${absl_VERSION})"
    "libabsl-dev (<< ${absl_version_behind})")
else()
  set(absl_packages libabsl-dev)
endif()
string(JOIN ", " CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION})"
  ${absl_packages} libzstd-dev)
# The module calls the library by its name, which no tool sees.
string(JOIN ", " CPACK_DEBIAN_PYTHON_PACKAGE_DEPENDS
  "python3 (>= 3.11)"
  "${CPACK_DEBIAN_RUNTIME_PACKAGE_NAME} (= ${PROJECT_VERSION})")
# For its example.
set(CPACK_DEBIAN_PYTHON_PACKAGE_SUGGESTS python3-flask)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_DEV_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_PYTHON_PACKAGE_SHLIBDEPS OFF)
# For packages of programs that link the shared library. A patch release keeps
# the binary interface.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  ${CMAKE_CURRENT_LIST_DIR}/triggers)

# Each begins with its line in lists of packages; no line is common to all.
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")
set(about "\
 orderstore keeps customers, orders and barcodes in the memory of a program and,
 durably, in a folder: with hash indexes, foreign keys, serializable
 transactions, a write-ahead log and snapshots.
 .
")
set(CPACK_COMPONENT_RUNTIME_DESCRIPTION "\
embedded, transactional order store - shared library
${about} This package has the library that programs link at run time.")
set(CPACK_COMPONENT_DEV_DESCRIPTION "\
embedded, transactional order store - development files
${about} This package has the header files, the static library, and what CMake and
 pkg-config need to find them.")
set(CPACK_COMPONENT_PYTHON_DESCRIPTION "\
embedded, transactional order store - Python 3 module
${about} This package has the module orderstore, by which programs in Python use
 stores, and an example, which needs python3-flask.")
set(CPACK_COMPONENT_TOOLS_DESCRIPTION "\
embedded, transactional order store - command
${about} This package has the command orderstore: it imports, reports, exports to
 PostgreSQL, verifies and saves stores.")

# Every package has the license where Debian looks for it.
foreach(component IN LISTS components)
  string(TOUPPER ${component} COMPONENT)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
    DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/${CPACK_DEBIAN_${COMPONENT}_PACKAGE_NAME}
    RENAME copyright COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_COMPONENTS_ALL ${components})
set(CPACK_PACKAGE_CONTACT "The orderstore authors <orderstore@localhost>")
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/permissions.cmake)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
