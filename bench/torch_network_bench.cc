// torpor-bench-torch: a float model run by libtorch on one thread, timed as
// torpor-bench-model does.
//
//   torpor-bench-torch FLOAT.model TOKENS RUNS
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "model/network_file.h"
#include "model/test_network.h"

namespace torpor::bench {
namespace {

using Clock = std::chrono::steady_clock;
using torch::Tensor;

double MicrosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

Tensor Copy(std::span<const float> values, at::IntArrayRef dims) {
  return torch::from_blob(const_cast<float*>(values.data()), dims).clone();
}

struct Map {
  explicit Map(const model::Linear& linear)
      : weight(Copy(linear.weight, {linear.rows, linear.cols})),
        bias(Copy(linear.bias, {linear.rows})) {}
  [[nodiscard]] Tensor operator()(const Tensor& x) const {
    return torch::linear(x, weight, bias);
  }
  Tensor weight, bias;
};

struct Norm {
  Norm(std::span<const float> of_gain, std::span<const float> of_bias)
      : width(static_cast<std::int64_t>(of_gain.size())),
        gain(Copy(of_gain, {width})),
        bias(Copy(of_bias, {width})) {}
  [[nodiscard]] Tensor operator()(const Tensor& h) const {
    return torch::layer_norm(h, {width}, gain, bias, 1e-5);
  }
  std::int64_t width;
  Tensor gain, bias;
};

struct Layer {
  explicit Layer(const model::Block& b)
      : norm1(b.norm1_gain, b.norm1_bias),
        norm2(b.norm2_gain, b.norm2_bias),
        qkv(b.qkv),
        out(b.out),
        up(b.up),
        down(b.down) {}
  Norm norm1, norm2;
  Map qkv, out, up, down;
};

class Network {
 public:
  Network(const model::NetworkView& view, std::int64_t tokens)
      : tokens_(tokens),
        heads_(view.shape.heads),
        depth_(view.shape.width / view.shape.heads),
        embed_(view.embed),
        final_(view.final_gain, view.final_bias),
        head_(Copy(view.head, {2 * std::int64_t{view.shape.width}})),
        head_bias_(view.head_bias) {
    const std::int64_t positions = view.shape.positions;
    position_ = Copy(view.position, {positions, view.shape.width})
                    .repeat({tokens / positions, 1});
    for (std::uint32_t i = 0; i < view.shape.layers; ++i) {
      layers_.emplace_back(view.blocks[i]);
    }
  }

  [[nodiscard]] float Run(const Tensor& z) const {
    const Tensor x = (z.clamp(-1e4, 1e4).asinh() * 0.25).clamp(-2, 2);
    Tensor h = embed_(x) + position_;
    for (const Layer& layer : layers_) {
      h = h + layer.out(Attend(layer.qkv(layer.norm1(h))));
      h = h + layer.down(torch::relu(layer.up(layer.norm2(h))));
    }
    const Tensor u = final_(h);
    const Tensor pooled = torch::cat({u.mean(0), u.amax(0)});
    return torch::dot(head_, pooled).item<float>() + head_bias_;
  }

 private:
  [[nodiscard]] Tensor Attend(const Tensor& qkv) const {
    const Tensor parts = qkv.view({tokens_, 3, heads_, depth_}).permute({1, 2, 0, 3});
    const Tensor alike = torch::matmul(parts[0], parts[1].transpose(1, 2)) /
                         std::sqrt(static_cast<double>(depth_));
    return torch::matmul(torch::softmax(alike, 2), parts[2])
        .permute({1, 0, 2})
        .reshape({tokens_, heads_ * depth_});
  }

  std::int64_t tokens_, heads_, depth_;
  Map embed_;
  Tensor position_;
  std::vector<Layer> layers_;
  Norm final_;
  Tensor head_;
  float head_bias_;
};

int Time(const std::string& path, std::int64_t tokens, std::size_t runs) {
  at::set_num_threads(1);
  const torch::InferenceMode no_gradients;
  const auto start = Clock::now();
  const auto file = model::NetworkFile::Open(path);
  if (!file.ok()) return 65;
  const Network network(file->view(), tokens);
  auto input =
      model::RandomInput(file->view().shape, static_cast<std::size_t>(tokens), 1);
  const Tensor z = torch::from_blob(input.data(), {tokens, file->view().shape.inputs});
  float logit = network.Run(z);
  const double load = MicrosecondsSince(start);
  for (std::size_t i = 0; i < runs / 4; ++i) logit = network.Run(z);
  std::vector<double> times(std::max<std::size_t>(1, runs));
  for (double& time : times) {
    const auto begun = Clock::now();
    logit = network.Run(z);
    time = MicrosecondsSince(begun);
  }
  std::ranges::sort(times);
  std::printf(
      R"({"logit": %.9g, "load_to_first_logit_us": %.1f, "min_us": %.2f, "median_us": %.2f})"
      "\n",
      double{logit}, load, times.front(), times[times.size() / 2]);
  return 0;
}

}  // namespace
}  // namespace torpor::bench

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fputs("torpor-bench-torch: FLOAT.model TOKENS RUNS\n", stderr);
    return 64;
  }
  return torpor::bench::Time(argv[1], std::atoll(argv[2]),
                             std::strtoul(argv[3], nullptr, 10));
}
