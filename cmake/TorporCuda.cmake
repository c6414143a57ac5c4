# Optional: the back ends that run on an NVIDIA GPU (model/cuda/, model/tensorrt/).
#
# Gives TORPOR_CUDA_FOUND, and then torpor::cudart, TORPOR_NVCC, and the code that is asked
# of it: TORPOR_CUDA_CODE as options, TORPOR_CUDA_NAMES for people.

set(TORPOR_CUDA AUTO CACHE STRING "The CUDA back end: ON, OFF, or AUTO, where nvcc is found")
set_property(CACHE TORPOR_CUDA PROPERTY STRINGS AUTO ON OFF)

set(TORPOR_CUDA_FOUND OFF)
if(TORPOR_CUDA STREQUAL "OFF")
  set(why "TORPOR_CUDA is OFF")
elseif(TORPOR_SANITIZE OR TORPOR_FUZZ)
  set(why "sanitizers do not know the GPU")
elseif(CMAKE_CROSSCOMPILING)
  set(why "this is a cross build")
else()
  find_package(CUDAToolkit QUIET)  # PATH, CUDAToolkit_ROOT, /usr/local/cuda
  if(NOT CUDAToolkit_FOUND OR NOT TARGET CUDA::cudart_static)
    set(why "no nvcc")
  elseif(CUDAToolkit_VERSION VERSION_LESS 12)
    set(why "nvcc ${CUDAToolkit_VERSION} does not know C++20; 12 does")
  else()
    set(TORPOR_CUDA_FOUND ON)
  endif()
endif()
if(NOT TORPOR_CUDA_FOUND)
  if(TORPOR_CUDA STREQUAL "ON")
    message(FATAL_ERROR "TORPOR_CUDA is ON, but ${why}")
  endif()
  message(STATUS "${why}: without torpor-cuda.so, and the kernels are tested on the CPU alone")
  return()
endif()

set(TORPOR_NVCC ${CUDAToolkit_NVCC_EXECUTABLE})
add_library(torpor_cudart INTERFACE)
add_library(torpor::cudart ALIAS torpor_cudart)
target_include_directories(torpor_cudart SYSTEM INTERFACE ${CUDAToolkit_INCLUDE_DIRS})
target_link_libraries(torpor_cudart INTERFACE CUDA::cudart_static)

# Machine code for Jetson Orin (8.7) and for Hopper (9.0); text, which the driver compiles
# when it first loads it, of 9.0 for what came later and of 7.5 for everything else.
execute_process(COMMAND ${TORPOR_NVCC} --list-gpu-code OUTPUT_VARIABLE known)
set(TORPOR_CUDA_CODE "")
set(TORPOR_CUDA_NAMES "")
foreach(code IN ITEMS compute_75 sm_87 sm_90 compute_90)
  string(REGEX REPLACE "^[a-z]+" "" number ${code})
  if(known MATCHES "sm${number}\n")
    list(APPEND TORPOR_CUDA_CODE -gencode arch=compute${number},code=${code})
    string(APPEND TORPOR_CUDA_NAMES " ${code}")
  endif()
endforeach()
string(STRIP "${TORPOR_CUDA_NAMES}" TORPOR_CUDA_NAMES)
