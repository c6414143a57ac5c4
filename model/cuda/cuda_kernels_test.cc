// The kernels without a device: this test is the launcher and goes through all blocks and
// threads, so that the source that a GPU runs meets the reference bit by bit. That
// a GPU computes as IEEE 754 asks is another question: model/cuda/cuda_device_test.cc.
#include "model/cuda/kernels.h"

#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "model/cuda/run.h"
#include "model/network.h"
#include "model/network_file.h"
#include "model/reference/elementary.h"
#include "model/test_network.h"

namespace torpor::model::cuda {
namespace {

std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }

// In which order blocks and threads come must not matter.
enum class Order { kForward, kBackward };

class Loop {
 public:
  explicit Loop(Order order) : order_(order) {}

  template <class Kernel>
  void operator()(const Kernel& kernel) {
    ++launches_;
    const Index threads = Blocks(kernel.items) * kBlockThreads;
    for (Index n = 0; n < threads; ++n) {
      const Index i = order_ == Order::kForward ? n : threads - 1 - n;
      RunThread(kernel, i / kBlockThreads, i % kBlockThreads);
    }
  }
  [[nodiscard]] int launches() const { return launches_; }

 private:
  Order order_;
  int launches_ = 0;
};

// What a device is given: the file's bytes elsewhere, and memory that nobody cleared.
struct Machine {
  explicit Machine(const std::vector<std::byte>& file)
      : view(*ParseNetwork(file)),
        copy(file),
        memory(ActivationBytes(view.shape) + kGuardBytes, std::byte{0xFF}),
        network(MovedTo(view, file, copy.data())) {}

  float Run(std::span<const float> z, std::size_t tokens, Order order) {
    const Activations m = Divide(view.shape, memory.data());
    std::memcpy(m.z, z.data(), z.size_bytes());
    Loop loop(order);
    cuda::Run(network, m, tokens, loop)();
    EXPECT_GT(loop.launches(), 10);
    for (std::size_t i = memory.size() - kGuardBytes; i < memory.size(); ++i) {
      EXPECT_EQ(memory[i], std::byte{0xFF}) << "written behind the memory";
    }
    return *m.logit;
  }

  static constexpr std::size_t kGuardBytes = 4096;
  NetworkView view;
  std::vector<std::byte> copy, memory;
  NetworkView network;
};

constexpr NetworkShape kShapes[] = {kTestShape,
                                    kSmallShape,
                                    kMlpShape,
                                    {16, 16, 128, 4, 8, 256, 96},
                                    {16, 16, 64, 1, 1, 128, 48},
                                    {3, 24, 48, 2, 6, 80, 21},
                                    {1, 8192, 16, 1, 2, 16, 1},
                                    {1, 8, 512, 1, 64, 2048, 3},
                                    {64, 8, 16, 8, 1, 16, 256}};

TEST(CudaKernels, GiveTheBitsOfTheReference) {
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    for (const NetworkShape& shape : kShapes) {
      const auto file = EncodeNetwork(RandomNetwork(shape, precision, 3));
      Machine machine(file);
      const auto reference = MakeReferenceNetwork(machine.view);
      for (std::size_t tokens = shape.positions; tokens <= shape.max_tokens;
           tokens += shape.positions) {
        const auto seed = static_cast<std::uint32_t>(tokens);
        const auto z = RandomInput(shape, tokens, seed, tokens % 2 == 0 ? 2.0F : 1000.0F);
        float truth = 0;
        ASSERT_EQ((*reference)->Run(z, tokens, truth), Status::kOk);
        const Order order = tokens % 3 == 0 ? Order::kBackward : Order::kForward;
        ASSERT_EQ(Bits(machine.Run(z, tokens, order)), Bits(truth))
            << "inputs " << shape.inputs << ", width " << shape.width << ", tokens "
            << tokens << ", precision " << static_cast<int>(precision);
      }
    }
  }
}

TEST(CudaKernels, GiveTheBitsOfTheReferenceForManyNetworks) {
  std::mt19937 random(20);
  const auto one_of = [&](std::uint32_t low, std::uint32_t high) {
    return std::uniform_int_distribution<std::uint32_t>(low, high)(random);
  };
  for (std::uint32_t seed = 0; seed < 60; ++seed) {
    const std::uint32_t heads = one_of(1, 4), positions = one_of(1, 9);
    const NetworkShape shape{
        positions, 8 * one_of(1, 5),  16 * heads * one_of(1, 2), one_of(1, 3),
        heads,     16 * one_of(1, 6), positions * one_of(1, 3)};
    const Precision precision = seed % 2 == 0 ? Precision::kInt8 : Precision::kFloat;
    const auto file = EncodeNetwork(RandomNetwork(shape, precision, seed));
    Machine machine(file);
    const auto z = RandomInput(shape, shape.max_tokens, seed);
    float truth = 0;
    ASSERT_EQ((*MakeReferenceNetwork(machine.view))->Run(z, shape.max_tokens, truth),
              Status::kOk);
    EXPECT_EQ(Bits(machine.Run(z, shape.max_tokens, Order::kForward)), Bits(truth))
        << "seed " << seed;
  }
}

TEST(CudaKernels, GiveTheBitsOfTheReferenceForInputsAtTheEdges) {
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    const auto file = EncodeNetwork(RandomNetwork(kTestShape, precision, 5));
    Machine machine(file);
    const auto reference = MakeReferenceNetwork(machine.view);
    for (const float value : {0.0F, -0.0F, 1.0F, std::numeric_limits<float>::max(),
                              std::numeric_limits<float>::lowest(),
                              std::numeric_limits<float>::denorm_min()}) {
      const std::vector<float> z(512, value);
      float truth = 0;
      ASSERT_EQ((*reference)->Run(z, 32, truth), Status::kOk);
      EXPECT_EQ(Bits(machine.Run(z, 32, Order::kBackward)), Bits(truth)) << value;
    }
  }
}

// Of networks it can lie between two steps and hide; here nothing is between.
TEST(CudaKernels, ElementaryFunctionsAreThoseOfTheReference) {
  const auto both = [](float x) {
    ASSERT_EQ(Bits(Squash(x)), Bits(model::Squash(x))) << x;
    ASSERT_EQ(Bits(Exp2(-std::fabs(x))), Bits(model::Exp2(-std::fabs(x)))) << x;
    const float above = 1 + std::fabs(x);
    if (std::isfinite(above)) {
      ASSERT_EQ(Bits(Log(above)), Bits(model::Log(above))) << x;
    }
    for (const float inverse : {0.37F, 42.333F, 1e6F}) {
      ASSERT_EQ(Quantize(x, inverse, kMinQuantizedInput),
                model::Quantize(x, inverse, kMinQuantizedInput))
          << x << " " << inverse;
    }
  };
  for (std::uint32_t bits = 0; bits < 0x7F800000U; bits += 4093) {  // a prime
    both(std::bit_cast<float>(bits));
    both(std::bit_cast<float>(bits | 0x80000000U));
  }
  for (float x = -3; x <= 3; x += 1.0F / 512) both(x);
  for (const float a : {-0.0F, 0.0F, 1.0F}) {
    for (const float b : {-0.0F, 0.0F, 1.0F}) {
      EXPECT_EQ(Bits(Larger(a, b)), Bits(std::max(a, b))) << a << " " << b;
      EXPECT_EQ(Bits(Smaller(a, b)), Bits(std::min(a, b))) << a << " " << b;
    }
  }
}

TEST(CudaKernels, ThreadsBeyondTheLastItemDoNothing) {
  std::vector<float> out(kBlockThreads + 3, 5.0F), in(kBlockThreads + 3, 1.0F);
  const SquashInput kernel{kBlockThreads + 1, 1, kBlockThreads + 1, in.data(),
                           out.data()};
  EXPECT_EQ(Blocks(kernel.items), 2U);
  for (Index thread = 0; thread < kBlockThreads; ++thread) RunThread(kernel, 1, thread);
  EXPECT_EQ(out[kBlockThreads - 1], 5.0F);  // of block 0
  EXPECT_NE(out[kBlockThreads], 5.0F);
  EXPECT_EQ(out[kBlockThreads + 1], 5.0F);
}

TEST(CudaKernels, TheMemoryOfARunIsApartAndAligned) {
  for (const NetworkShape& shape : kShapes) {
    std::byte* const base = reinterpret_cast<std::byte*>(std::uintptr_t{1} << 20);
    const Activations m = Divide(shape, base);
    std::vector<std::uintptr_t> begins;
    for (const float* piece : {m.z, m.wide, m.h, m.u, m.qkv, m.scores, m.shares,
                               m.products, m.highest, m.logit}) {
      begins.push_back(reinterpret_cast<std::uintptr_t>(piece));
    }
    begins.push_back(reinterpret_cast<std::uintptr_t>(m.q));
    for (std::size_t i = 0; i < begins.size(); ++i) {
      EXPECT_EQ(begins[i] % 256, 0U);
      EXPECT_LT(i > 0 ? begins[i - 1] : 0, begins[i]);
    }
    EXPECT_LT(begins.back(),
              reinterpret_cast<std::uintptr_t>(base) + ActivationBytes(shape));
  }
}

}  // namespace
}  // namespace torpor::model::cuda
