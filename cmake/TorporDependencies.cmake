# Everything that comes from outside the tree. All of it is in Debian 12.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(torpor_pkg name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  add_library(torpor::${name} ALIAS PkgConfig::${name})
endfunction()

torpor_pkg(sodium libsodium)
torpor_pkg(sndfile sndfile)
torpor_pkg(sqlite sqlite3)
torpor_pkg(curl libcurl)
torpor_pkg(samplerate samplerate)
torpor_pkg(zlib zlib)
torpor_pkg(ncurses ncursesw)

find_package(tomlplusplus REQUIRED)   # tomlplusplus::tomlplusplus
find_package(nlohmann_json REQUIRED)  # nlohmann_json::nlohmann_json
find_package(Eigen3 REQUIRED)         # Eigen3::Eigen
find_package(CLI11 REQUIRED)          # CLI11::CLI11

find_program(TORPOR_NANOPB_GENERATOR nanopb_generator.py REQUIRED)
find_path(TORPOR_NANOPB_INCLUDE pb_decode.h PATH_SUFFIXES nanopb REQUIRED)
find_library(TORPOR_NANOPB_LIBRARY protobuf-nanopb REQUIRED)
add_library(torpor_nanopb INTERFACE)
add_library(torpor::nanopb ALIAS torpor_nanopb)
target_include_directories(torpor_nanopb SYSTEM INTERFACE ${TORPOR_NANOPB_INCLUDE})
target_link_libraries(torpor_nanopb INTERFACE ${TORPOR_NANOPB_LIBRARY})

# Highway's headers alone: torpor chooses the instruction set itself.
find_path(TORPOR_HWY_INCLUDE hwy/highway.h REQUIRED)
add_library(torpor_hwy INTERFACE)
add_library(torpor::hwy ALIAS torpor_hwy)
target_include_directories(torpor_hwy SYSTEM INTERFACE ${TORPOR_HWY_INCLUDE})

# The charts of a report's page (report/): JavaScript that becomes a part of the program.
find_file(TORPOR_DYGRAPHS javascript/dygraphs/dygraph.min.js PATH_SUFFIXES share REQUIRED)
find_file(TORPOR_DYGRAPHS_LICENCE doc/libjs-dygraphs/copyright PATH_SUFFIXES share REQUIRED)

# Optional: the interchange with other runtimes (model/onnx/).
find_package(Protobuf QUIET)
find_path(TORPOR_ONNX_INCLUDE onnx/onnx_pb.h)
find_library(TORPOR_ONNX_LIBRARY onnx_proto)
if(Protobuf_FOUND AND TORPOR_ONNX_INCLUDE AND TORPOR_ONNX_LIBRARY)
  add_library(torpor_onnx INTERFACE)
  add_library(torpor::onnx ALIAS torpor_onnx)
  target_include_directories(torpor_onnx SYSTEM INTERFACE ${TORPOR_ONNX_INCLUDE})
  target_compile_definitions(torpor_onnx INTERFACE ONNX_NAMESPACE=onnx ONNX_ML=1)
  target_link_libraries(torpor_onnx INTERFACE ${TORPOR_ONNX_LIBRARY} protobuf::libprotobuf)
else()
  message(STATUS "no libonnx-dev: without model/onnx, and torpor quantize --onnx says so")
endif()

# Optional: recordings in MATLAB's format (libmatio-dev pulls in 20 MB of HDF5).
pkg_check_modules(matio QUIET IMPORTED_TARGET matio)
if(matio_FOUND)
  add_library(torpor::matio ALIAS PkgConfig::matio)
else()
  message(STATUS "no libmatio-dev: recordings in MAT are refused; FLAC, WAV and CSV are read")
endif()

if(TORPOR_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()
if(TORPOR_BENCH)
  find_package(benchmark REQUIRED)
  torpor_pkg(kissfft kissfft-float)    # a yardstick
endif()

# The microcontroller's image is built on its own (preset firmware); tests look for it here.
set(TORPOR_FIRMWARE_BUILD "${PROJECT_SOURCE_DIR}/build/firmware" CACHE PATH
    "Build folder of the microcontroller's image")
