#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <string>

#include "model/cuda/runtime.h"

namespace torpor::model::cuda {
namespace {

TEST(CudaRuntime, EveryErrorIsAStatusAndOneClause) {
  EXPECT_TRUE(Said("cudaMalloc", cudaSuccess).ok());
  EXPECT_EQ(Said("cudaMalloc", cudaSuccess).what, "");

  const Outcome memory = Said("cudaMalloc", cudaErrorMemoryAllocation);
  EXPECT_EQ(memory.status, Status::kDeviceMemory);
  EXPECT_EQ(memory.what, "cudaMalloc: out of memory");

  for (const cudaError_t missing :
       {cudaErrorInsufficientDriver, cudaErrorNoDevice, cudaErrorInvalidDevice,
        cudaErrorDevicesUnavailable, cudaErrorNoKernelImageForDevice,
        cudaErrorUnsupportedPtxVersion, cudaErrorSystemDriverMismatch,
        cudaErrorCompatNotSupportedOnDevice}) {
    EXPECT_EQ(Said("x", missing).status, Status::kDeviceMissing) << missing;
  }
  for (const cudaError_t failed : {cudaErrorIllegalAddress, cudaErrorLaunchFailure,
                                   cudaErrorInvalidValue, cudaErrorUnknown}) {
    EXPECT_EQ(Said("x", failed).status, Status::kAcceleratorFailed) << failed;
  }
  // A number that this runtime does not know is still a failure with a text.
  const Outcome strange = Said("x", 123456);
  EXPECT_EQ(strange.status, Status::kAcceleratorFailed);
  EXPECT_GT(strange.what.size(), 3U);
}

TEST(CudaRuntime, AVersionIsReadAsPeopleWriteIt) {
  EXPECT_EQ(VersionText(13000), "13.0");
  EXPECT_EQ(VersionText(12060), "12.6");
}

TEST(CudaRuntime, WhatWasNeverTakenIsGivenBackWithoutTheDriver) {
  Stream stream;
  EXPECT_FALSE(stream.busy());
  stream.Close();
  for (const auto place : {Memory::Place::kDevice, Memory::Place::kHost}) {
    Memory memory(place);
    EXPECT_EQ(memory.get(), nullptr);
    EXPECT_TRUE(memory.Free().ok());
  }
}

}  // namespace
}  // namespace torpor::model::cuda
