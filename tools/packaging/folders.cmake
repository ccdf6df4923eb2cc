# Where things are installed: CMAKE_INSTALL_LIBDIR and its like. On Debian,
# libraries are in the folder of their architecture, whatever the prefix, so
# that one build serves `cmake --install` and packages, whose prefix is /usr:
# the loader, CMake and pkg-config look there in /usr/local too.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_INSTALL_LIBDIR
   AND CMAKE_LIBRARY_ARCHITECTURE AND EXISTS /etc/debian_version)
  set(CMAKE_INSTALL_LIBDIR lib/${CMAKE_LIBRARY_ARCHITECTURE} CACHE PATH
      "Object code libraries")
endif()
include(GNUInstallDirs)
