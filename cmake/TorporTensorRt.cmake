# Optional: TensorRT, whose headers and library are looked for where its packages put them.
#
#   TORPOR_TENSORRT8_INCLUDE, TORPOR_TENSORRT10_INCLUDE  folders with NvInfer.h and
#                                                        NvOnnxParser.h of that version
#
# With headers alone the back end is compiled, which shows that it fits them, and no plugin
# is made of it.

find_path(TORPOR_TENSORRT_FOUND_INCLUDE NvInfer.h PATHS /usr/local/tensorrt PATH_SUFFIXES include)
mark_as_advanced(TORPOR_TENSORRT_FOUND_INCLUDE)

# The major and minor version of the headers of a folder; empty where there are none.
function(torpor_tensorrt_version folder out)
  set(${out} "" PARENT_SCOPE)
  if(NOT folder OR NOT EXISTS ${folder}/NvInferVersion.h)
    return()
  endif()
  set(version "")
  file(READ ${folder}/NvInferVersion.h text)
  foreach(part IN ITEMS MAJOR MINOR)  # by way of another name from 10.16 on
    string(REGEX MATCH "define (NV_TENSORRT|TRT)_${part}(_ENTERPRISE)? +([0-9]+)" found "${text}")
    list(APPEND version "${CMAKE_MATCH_3}")
  endforeach()
  list(JOIN version "." version)
  set(${out} "${version}" PARENT_SCOPE)
endfunction()

# What there is of a major version: its headers' folder, their version, and libnvinfer and
# libnvonnxparser; each empty where it is not.
function(torpor_tensorrt major out_include out_version out_libraries)
  set(TORPOR_TENSORRT${major}_INCLUDE "" CACHE PATH "Headers of TensorRT ${major}")
  set(include ${TORPOR_TENSORRT${major}_INCLUDE})
  if(NOT include)
    set(include ${TORPOR_TENSORRT_FOUND_INCLUDE})
  endif()
  torpor_tensorrt_version("${include}" version)
  string(REGEX REPLACE "\\..*" "" found_major "${version}")
  if(NOT found_major EQUAL major)
    if(TORPOR_TENSORRT${major}_INCLUDE)
      message(FATAL_ERROR "TORPOR_TENSORRT${major}_INCLUDE holds no TensorRT ${major}")
    endif()
    set(include "")
  endif()
  set(libraries "")
  if(include)
    foreach(name IN ITEMS nvinfer nvonnxparser)
      find_library(TORPOR_TENSORRT${major}_${name} NAMES lib${name}.so.${major}
                   HINTS ${include}/../lib PATHS /usr/local/tensorrt/lib)
      mark_as_advanced(TORPOR_TENSORRT${major}_${name})
      if(TORPOR_TENSORRT${major}_${name})
        list(APPEND libraries ${TORPOR_TENSORRT${major}_${name}})
      endif()
    endforeach()
  endif()
  list(LENGTH libraries count)
  if(NOT count EQUAL 2)
    set(libraries "")
  endif()
  set(${out_include} "${include}" PARENT_SCOPE)
  set(${out_version} "${version}" PARENT_SCOPE)
  set(${out_libraries} "${libraries}" PARENT_SCOPE)
endfunction()
