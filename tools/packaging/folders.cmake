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

# What is installed can be moved.
foreach(folder IN ITEMS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR)
  cmake_path(IS_ABSOLUTE ${folder} is_absolute)
  if(is_absolute)
    message(FATAL_ERROR "${folder} is ${${folder}}; it has to be relative to "
      "CMAKE_INSTALL_PREFIX, as lib is: what is installed finds its other parts "
      "from where it lies")
  endif()
endforeach()
