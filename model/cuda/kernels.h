// The kernels of a run. Each is one struct: the arrays that it works on, how many items
// there are, and what is done for one of them. A device gives every item a thread; a test
// without a device goes through all of them and runs the very same source.
//
// Activations lie as [feature, token], so that neighbouring threads, which have
// neighbouring tokens, read neighbouring numbers and share their weight. Every sum is
// taken by one thread in the reference's order: bits depend on nothing else.
#pragma once

#include "model/cuda/elementary.h"
#include "model/reference/network_view.h"

namespace torpor::model::cuda {

inline constexpr Index kBlockThreads = 128;

inline constexpr Index Blocks(Index items) {
  return (items + kBlockThreads - 1) / kBlockThreads;
}

// What thread `thread` of block `block` does.
template <class Kernel>
TORPOR_DEVICE inline void RunThread(const Kernel& kernel, Index block, Index thread) {
  const Index item = block * kBlockThreads + thread;
  if (item < kernel.items) kernel(item);
}

// x = squashed z, turned over. Items: inputs * tokens.
struct SquashInput {
  Index items;
  Index inputs, tokens;
  const float* z;  // [tokens, inputs]
  float* x;        // [inputs, tokens]

  TORPOR_DEVICE void operator()(Index i) const {
    x[i] = Squash(z[i % tokens * inputs + i / tokens]);
  }
};

// u = norm of each token. Items: tokens.
struct LayerNorm {
  Index items;
  Index width;
  const float* h;  // [width, tokens]
  const float* gain;
  const float* bias;
  float* u;  // [width, tokens]

  TORPOR_DEVICE void operator()(Index t) const {
    const float share = 1.0F / static_cast<float>(width);
    Sum sum, squares;
    for (Index i = 0; i < width; ++i) sum.Add(i, h[i * items + t]);
    const float mean = sum.total() * share;
    for (Index i = 0; i < width; ++i) {
      const float away = h[i * items + t] - mean;
      squares.AddProduct(i, away, away);
    }
    const float inverse = 1.0F / sqrtf(fmaf(squares.total(), share, kNormEpsilon));
    for (Index i = 0; i < width; ++i) {
      u[i * items + t] = fmaf((h[i * items + t] - mean) * inverse, gain[i], bias[i]);
    }
  }
};

// What becomes of y[row, token] when a linear map has it.
enum class Then : std::uint32_t {
  kStore,    // out = y
  kRectify,  // out = max(y, 0)
  kAdd,      // out += y, the residual stream
  kPlace,    // out = y + position[token mod positions]
};

struct Target {
  Then then;
  float* out;             // [rows, tokens]
  const float* position;  // [positions, rows]; of kPlace
  Index positions;

  TORPOR_DEVICE void Put(Index i, Index row, Index rows, Index token, float y) const {
    switch (then) {
      case Then::kStore:
        out[i] = y;
        break;
      case Then::kRectify:
        out[i] = Larger(y, 0.0F);
        break;
      case Then::kAdd:
        out[i] += y;
        break;
      case Then::kPlace:
        out[i] = y + position[token % positions * rows + row];
        break;
    }
  }
};

// y = W x + bias. Items: rows * tokens.
struct LinearFloat {
  Index items;
  Index rows, cols, tokens;
  const float* weight;  // [rows, cols]
  const float* bias;    // [rows]
  const float* x;       // [cols, tokens]
  Target target;

  TORPOR_DEVICE void operator()(Index i) const {
    const Index row = i / tokens, token = i % tokens;
    const float* w = weight + row * cols;
    float sum = 0;
    for (Index c = 0; c < cols; ++c) sum = fmaf(w[c], x[c * tokens + token], sum);
    target.Put(i, row, rows, token, sum + bias[row]);
  }
};

// q = x in steps of the scale. Items: features * tokens.
struct QuantizeInput {
  Index items;
  float inverse_scale;
  const float* x;
  std::int8_t* q;

  TORPOR_DEVICE void operator()(Index i) const {
    q[i] = static_cast<std::int8_t>(Quantize(x[i], inverse_scale, kMinQuantizedInput));
  }
};

// The same of whole numbers. Items: rows * tokens.
struct LinearInt8 {
  Index items;
  Index rows, cols, tokens;
  const std::int8_t* weight;  // [rows, cols]
  const float* scale;         // [rows]
  float input_scale;
  const float* bias;     // [rows]
  const std::int8_t* q;  // [cols, tokens]
  Target target;

  TORPOR_DEVICE void operator()(Index i) const {
    const Index row = i / tokens, token = i % tokens;
    const std::int8_t* w = weight + row * cols;
    std::int32_t sum = 0;
    for (Index c = 0; c < cols; ++c) {
      sum += std::int32_t{w[c]} * std::int32_t{q[c * tokens + token]};
    }
    target.Put(i, row, rows, token,
               fmaf(static_cast<float>(sum), scale[row] * input_scale, bias[row]));
  }
};

// scores[head, key, query] = q . k. Items: heads * tokens * tokens.
struct Scores {
  Index items;
  Index width, size, tokens;  // size: of a head
  const float* qkv;           // [3 width, tokens]
  float* scores;              // [heads, tokens, tokens]

  TORPOR_DEVICE void operator()(Index i) const {
    const Index query = i % tokens, key = i / tokens % tokens;
    const Index head = i / tokens / tokens;
    const float* q = qkv + head * size * tokens + query;
    const float* k = qkv + (width + head * size) * tokens + key;
    float score = 0;
    for (Index d = 0; d < size; ++d) {
      score = fmaf(q[d * tokens], k[d * tokens], score);
    }
    scores[i] = score;
  }
};

// Scores become powers of two, and shares[head, query] the inverse of their sum. Items:
// heads * tokens.
struct Softmax {
  Index items;
  Index tokens;
  float unit;     // log2(e) / sqrt(size of a head)
  float* scores;  // [heads, tokens, tokens]
  float* shares;  // [heads, tokens]

  TORPOR_DEVICE void operator()(Index i) const {
    const Index query = i % tokens, head = i / tokens;
    float* s = scores + head * tokens * tokens + query;
    float highest = s[0];
    for (Index key = 1; key < tokens; ++key) {
      highest = Larger(highest, s[key * tokens]);
    }
    float sum = 0;
    for (Index key = 0; key < tokens; ++key) {
      const float power = Exp2((s[key * tokens] - highest) * unit);
      s[key * tokens] = power;
      sum += power;
    }
    shares[i] = 1.0F / sum;
  }
};

// a = the values, mixed. Items: width * tokens.
struct Mix {
  Index items;
  Index width, size, tokens;
  const float* qkv;     // [3 width, tokens]
  const float* scores;  // [heads, tokens, tokens], powers of two
  const float* shares;  // [heads, tokens]
  float* a;             // [width, tokens]

  TORPOR_DEVICE void operator()(Index i) const {
    const Index query = i % tokens, feature = i / tokens, head = feature / size;
    const float* v = qkv + (2 * width + feature) * tokens;
    const float* s = scores + head * tokens * tokens + query;
    float value = 0;
    for (Index key = 0; key < tokens; ++key) {
      value = fmaf(s[key * tokens], v[key], value);
    }
    a[i] = value * shares[head * tokens + query];
  }
};

// products[token] = head . u. Items: tokens.
struct HeadProducts {
  Index items;
  Index width;
  const float* head;  // [2 width], its first half
  const float* u;     // [width, tokens]
  float* products;    // [tokens]

  TORPOR_DEVICE void operator()(Index t) const {
    Sum product;
    for (Index i = 0; i < width; ++i) product.AddProduct(i, head[i], u[i * items + t]);
    products[t] = product.total();
  }
};

// highest[feature] over the tokens. Items: width.
struct Highest {
  Index items;
  Index tokens;
  const float* u;  // [width, tokens]
  float* highest;  // [width]

  TORPOR_DEVICE void operator()(Index i) const {
    const float* row = u + i * tokens;
    float most = row[0];
    for (Index t = 1; t < tokens; ++t) most = Larger(most, row[t]);
    highest[i] = most;
  }
};

// The logit. Items: 1.
struct Pool {
  Index items;
  Index width, tokens;
  const float* head;      // [2 width]
  const float* products;  // [tokens]
  const float* highest;   // [width]
  float head_bias;
  float* logit;

  TORPOR_DEVICE void operator()(Index /*item*/) const {
    float mean = 0;
    for (Index t = 0; t < tokens; ++t) mean += products[t];
    Sum of_highest;
    for (Index i = 0; i < width; ++i) {
      of_highest.AddProduct(i, head[width + i], highest[i]);
    }
    *logit = mean / static_cast<float>(tokens) + of_highest.total() + head_bias;
  }
};

}  // namespace torpor::model::cuda
