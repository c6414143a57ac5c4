// One run of a network, tokens side by side in vectors: no step needs to look across a
// vector, so that every sum has the order of model/reference/encoder.cc on every target.
// Included once for each instruction set, inside its namespace.

#include "model/hwy/vector_math-inl.h"
// What each needs stands above it.
#include "model/hwy/tile-inl.h"
// What each needs stands above it.
#include "model/hwy/inputs-inl.h"
// What each needs stands above it.
#include "model/hwy/attention-inl.h"

template <class P>
class Engine {
 public:
  using Input = typename P::Input;

  Engine(const PackedNetwork& net, Workspace& work, std::size_t tokens)
      : net_(net),
        width_(net.shape.width),
        tokens_(tokens),
        stride_(PaddedTokens(tokens)),
        h_(work.h),
        qkv_(work.qkv),
        input_(reinterpret_cast<Input*>(work.input)),
        hidden_(reinterpret_cast<Input*>(work.hidden)),
        raw_(reinterpret_cast<float*>(work.hidden)),
        scores_(work.scores),
        small_(work.small) {}

  float Logit(const float* z) {
    Turn(z);
    Embed();
    for (std::size_t l = 0; l < net_.shape.layers; ++l) {
      const PackedBlock& block = net_.blocks[l];
      Norm(block.norm1_gain, block.norm1_bias, Into(block.qkv));
      Linear(block.qkv, input_, [&](std::size_t row, std::size_t t, const auto& y) {
        ForEach(y, [&](std::size_t r, std::size_t v, const VF& value) {
          hn::Store(value, kF, qkv_ + (row + r) * stride_ + t + v * kN);
        });
      });
      for (std::size_t i = 0; i < net_.shape.heads; ++i) AttendTo(i, block.out);
      AddTo(block.out, input_);
      Norm(block.norm2_gain, block.norm2_bias, Into(block.up));
      Linear(block.up, input_, [&](std::size_t row, std::size_t t, const auto& y) {
        StoreRows<P>(block.down, y, 0.0F, hidden_, stride_, row, t);
      });
      AddTo(block.down, hidden_);
    }
    return Pooled() + net_.head_bias;
  }

 private:
  // [token][input] -> [input][token]; tokens that are only padding stay 0.
  void Turn(const float* z) {
    const std::size_t inputs = net_.shape.inputs;
    for (std::size_t i = 0; i < inputs; ++i) {
      float* row = raw_ + i * stride_;
      for (std::size_t t = 0; t < tokens_; ++t) row[t] = z[t * inputs + i];
      for (std::size_t t = tokens_; t < stride_; ++t) row[t] = 0;
    }
  }

  void Embed() {
    for (std::size_t i = 0; i < net_.shape.inputs; i += 4) {
      for (std::size_t t = 0; t < stride_; t += kN) {
        VF x[4];
        for (std::size_t k = 0; k < 4; ++k) {
          x[k] = Squash(hn::Load(kF, raw_ + (i + k) * stride_ + t));
        }
        P::Store(net_.embed, x, P::kLowest, input_ + t, i / 4, stride_);
      }
    }
    const std::size_t pitch = PaddedTokens(net_.shape.max_tokens);
    Linear(net_.embed, input_, [&](std::size_t row, std::size_t t, const auto& y) {
      ForEach(y, [&](std::size_t r, std::size_t v, const VF& value) {
        const float* place = net_.position + (row + r) * pitch + t + v * kN;
        hn::Store(hn::Add(value, hn::Load(kF, place)), kF,
                  h_ + (row + r) * stride_ + t + v * kN);
      });
    });
  }

  // use(first row, first token, y) for every tile of y = W x + b.
  template <class Use>
  HWY_INLINE void Linear(const PackedLinear& m, const Input* x, const Use& use) {
    std::size_t t = 0;
    for (; t + kTileVectors * kN <= stride_; t += kTileVectors * kN) {
      for (std::size_t row = 0; row < m.rows; row += P::kRows) {
        P::template Tile<kTileVectors>(m, row, x + t, stride_,
                                       [&](const auto& y) { use(row, t, y); });
      }
    }
    for (; t < stride_; t += kN) {
      for (std::size_t row = 0; row < m.rows; row += P::kRows) {
        P::template Tile<1>(m, row, x + t, stride_,
                            [&](const auto& y) { use(row, t, y); });
      }
    }
  }

  HWY_INLINE void AddTo(const PackedLinear& m, const Input* x) {
    Linear(m, x, [&](std::size_t row, std::size_t t, const auto& y) {
      ForEach(y, [&](std::size_t r, std::size_t v, const VF& value) {
        float* h = h_ + (row + r) * stride_ + t + v * kN;
        hn::Store(hn::Add(hn::Load(kF, h), value), kF, h);
      });
    });
  }

  auto Into(const PackedLinear& next) {
    return [&](const VF(&u)[4], std::size_t i, std::size_t t) {
      P::Store(next, u, P::kLowest, input_ + t, i / 4, stride_);
    };
  }

  // use(four features of u = norm(h), the first of them, the first token).
  template <class Use>
  HWY_INLINE void Norm(const float* gain, const float* bias, const Use& use) {
    const VF share = hn::Set(kF, 1.0F / static_cast<float>(width_));
    for (std::size_t t = 0; t < stride_; t += kN) {
      const float* h = h_ + t;
      VF part[4] = {hn::Zero(kF), hn::Zero(kF), hn::Zero(kF), hn::Zero(kF)};
      for (std::size_t i = 0; i < width_; i += 4) {
#pragma GCC unroll 4
        for (std::size_t k = 0; k < 4; ++k) {
          part[k] = hn::Add(part[k], hn::Load(kF, h + (i + k) * stride_));
        }
      }
      const VF mean = hn::Mul(Total(part), share);
      for (VF& p : part) p = hn::Zero(kF);
      for (std::size_t i = 0; i < width_; i += 4) {
#pragma GCC unroll 4
        for (std::size_t k = 0; k < 4; ++k) {
          const VF d = hn::Sub(hn::Load(kF, h + (i + k) * stride_), mean);
          part[k] = hn::MulAdd(d, d, part[k]);
        }
      }
      const VF variance = hn::MulAdd(Total(part), share, hn::Set(kF, kNormEpsilon));
      const VF inverse = hn::Div(hn::Set(kF, 1.0F), hn::Sqrt(variance));
      for (std::size_t i = 0; i < width_; i += 4) {
        VF u[4];
#pragma GCC unroll 4
        for (std::size_t k = 0; k < 4; ++k) {
          const VF d = hn::Sub(hn::Load(kF, h + (i + k) * stride_), mean);
          u[k] = hn::MulAdd(hn::Mul(d, inverse), hn::Set(kF, gain[i + k]),
                            hn::Set(kF, bias[i + k]));
        }
        use(u, i, t);
      }
    }
  }

  static HWY_INLINE VF Total(const VF (&part)[4]) {
    return hn::Add(hn::Add(part[0], part[1]), hn::Add(part[2], part[3]));
  }

  // Of one head, its place among the inputs of `out`.
  void AttendTo(std::size_t index, const PackedLinear& out) {
    Head head;
    head.size = width_ / net_.shape.heads;
    head.stride = stride_;
    head.tokens = tokens_;
    head.scores = scores_;
    const std::size_t row = index * head.size;
    head.k = qkv_ + (width_ + row) * stride_;
    head.v = qkv_ + (2 * width_ + row) * stride_;
    std::size_t t = 0;
    const auto store = [&](std::size_t d, const auto& a) {
      StoreRows<P>(out, a, P::kLowest, input_, stride_, row + d, t);
    };
    for (; t + kTileVectors * kN <= stride_; t += kTileVectors * kN) {
      head.q = qkv_ + row * stride_ + t;
      Attend<kTileVectors>(head, store);
    }
    for (; t < stride_; t += kN) {
      head.q = qkv_ + row * stride_ + t;
      Attend<1>(head, store);
    }
  }

  float Pooled() {
    float* u = qkv_;  // no longer needed
    for (std::size_t t = 0; t < stride_; t += kN) hn::Store(hn::Zero(kF), kF, small_ + t);
    Norm(net_.final_gain, net_.final_bias,
         [&](const VF(&four)[4], std::size_t i, std::size_t t) {
           for (std::size_t k = 0; k < 4; ++k) {
             hn::Store(four[k], kF, u + (i + k) * stride_ + t);
           }
         });
    for (std::size_t t = 0; t < stride_; t += kN) {
      VF part[4] = {hn::Zero(kF), hn::Zero(kF), hn::Zero(kF), hn::Zero(kF)};
      for (std::size_t i = 0; i < width_; i += 4) {
#pragma GCC unroll 4
        for (std::size_t k = 0; k < 4; ++k) {
          part[k] = hn::MulAdd(hn::Set(kF, net_.head[i + k]),
                               hn::Load(kF, u + (i + k) * stride_ + t), part[k]);
        }
      }
      hn::Store(Total(part), kF, small_ + t);
    }
    float mean = 0;
    for (std::size_t t = 0; t < tokens_; ++t) mean += small_[t];
    float of_highest[4] = {};
    for (std::size_t i = 0; i < width_; ++i) {
      of_highest[i % 4] =
          std::fma(net_.head[width_ + i], Highest(u + i * stride_), of_highest[i % 4]);
    }
    return mean / static_cast<float>(tokens_) +
           ((of_highest[0] + of_highest[1]) + (of_highest[2] + of_highest[3]));
  }

  HWY_INLINE float Highest(const float* row) const {
    float highest = row[0];
    std::size_t t = 0;
    if (tokens_ >= kN) {
      VF most = hn::Load(kF, row);
      for (t = kN; t + kN <= tokens_; t += kN)
        most = hn::Max(most, hn::Load(kF, row + t));
      highest = hn::GetLane(hn::MaxOfLanes(kF, most));
    }
    for (; t < tokens_; ++t) highest = std::max(highest, row[t]);
    return highest;
  }

  const PackedNetwork& net_;
  std::size_t width_, tokens_, stride_;
  float* HWY_RESTRICT h_;
  float* HWY_RESTRICT qkv_;
  Input* HWY_RESTRICT input_;
  Input* hidden_;
  float* raw_;  // z, turned; lies where hidden_ will
  float* HWY_RESTRICT scores_;
  float* HWY_RESTRICT small_;
};

bool Run(const PackedNetwork& network, Workspace& work, const float* z,
         std::size_t tokens, float& logit) {
  if (!AllFinite(z, tokens * network.shape.inputs)) return false;
  logit = network.precision == Precision::kInt8
              ? Engine<Int8>(network, work, tokens).Logit(z)
              : Engine<Float>(network, work, tokens).Logit(z);
  return true;
}

void Accumulate(const PackedLinear& m, const std::int8_t* x, std::size_t tokens,
                std::uint32_t* words, std::int32_t* acc) {
  for (std::size_t c = 0; c < m.cols; c += 4) {
    for (std::size_t t = 0; t < tokens; ++t) {
      std::uint32_t word = 0;
      for (std::size_t k = 0; k < 4; ++k) {
        const auto byte = static_cast<std::uint8_t>(x[t * m.cols + c + k] + kByteOffset);
        word |= std::uint32_t{byte} << (8 * k);
      }
      words[c / 4 * tokens + t] = word;
    }
  }
  const auto tile = [&]<std::size_t kVectors>(std::size_t row, std::size_t t) {
    VI sum[kTileRows][kVectors];
    const std::size_t block = row / kRowBlock;
    DotTile<kVectors>(m.quantized + block * kRowBlock * m.cols + 4 * (row % kRowBlock),
                      words + t, tokens, m.cols / 4, m.row_sum + row, sum);
    for (std::size_t r = 0; r < kTileRows; ++r) {
      for (std::size_t v = 0; v < kVectors; ++v) {
        hn::Store(sum[r][v], kI, acc + (row + r) * tokens + t + v * kN);
      }
    }
  };
  for (std::size_t row = 0; row < m.rows; row += kTileRows) {
    std::size_t t = 0;
    for (; t + kTileVectors * kN <= tokens; t += kTileVectors * kN) {
      tile.template operator()<kTileVectors>(row, t);
    }
    for (; t < tokens; t += kN) tile.template operator()<1>(row, t);
  }
}
