// The power spectrum of a stream of real samples, averaged over frames under a Hann
// window that overlap by half, two frames at the price of one.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

#include "signal/fft.h"

namespace torpor::signal {

template <std::size_t kSize>
struct FftScratch {
  alignas(16) std::array<float, kSize> re;
  alignas(16) std::array<float, kSize> im;
};

// Adds the power of two real frames, or of one and an empty one, to sums in the order of
// FrequencyAt. Taken as one complex frame a + i b with the spectrum Z, they satisfy
// |A[k]|^2 + |B[k]|^2 = (|Z[k]|^2 + |Z[n - k]|^2) / 2, so that they need not be told
// apart.
void AddFrames(std::span<const float> first, std::span<const float> second,
               std::span<float> re, std::span<float> im, std::span<float> sums);

// The halves put together: power of frequencies 0 to sums.size() / 2.
void Fold(std::span<const float> sums, std::span<float> power);

// Mean over the bins from `low` to `high`, in bins; of those at the edges the share that
// lies inside counts, so that a band narrower than a bin has a value too.
[[nodiscard]] double BandMean(std::span<const float> power, float low, float high);

// Source: Welch 1967. No heap; samples wait here for at most one and a half frames.
template <std::size_t kMaxFrame, std::size_t kMaxPush>
class Welch {
 public:
  using Scratch = FftScratch<kMaxFrame>;

  // A stream begins. `frame` is a power of two from kMinFft to kMaxFrame.
  void Restart(std::size_t frame) {
    frame_ = frame;
    filled_ = frames_ = 0;
    sums_.fill(0);
  }

  // Where the next samples go, before they are pushed.
  [[nodiscard]] std::span<float, kMaxPush> Room() {
    return std::span<float, kMaxPush>(waiting_.data() + filled_, kMaxPush);
  }
  void Push(std::size_t count, Scratch& scratch) {
    filled_ += count;
    while (filled_ >= frame_ + frame_ / 2) Transform(2, scratch);
  }
  // The stream ends: what does not fill a frame is left out.
  void Finish(Scratch& scratch) {
    if (filled_ >= frame_) Transform(1, scratch);
  }

  // Sum over the frames of |FFT|^2, bins 0 to frame / 2, written into the scratch.
  [[nodiscard]] std::span<const float> Power(Scratch& scratch) const {
    const std::span<float> power = std::span(scratch.re).first(frame_ / 2 + 1);
    Fold(std::span(sums_).first(frame_), power);
    return power;
  }
  [[nodiscard]] std::size_t frames() const { return frames_; }

 private:
  void Transform(std::size_t frames, Scratch& scratch) {
    const std::size_t hop = frame_ / 2;
    const std::span<const float> waiting = waiting_;
    AddFrames(waiting.first(frame_),
              frames == 2 ? waiting.subspan(hop, frame_) : std::span<const float>(),
              std::span(scratch.re).first(frame_), std::span(scratch.im).first(frame_),
              std::span(sums_).first(frame_));
    std::copy(waiting_.data() + frames * hop, waiting_.data() + filled_, waiting_.data());
    filled_ -= frames * hop;
    frames_ += frames;
  }

  std::size_t frame_ = kMinFft;
  std::size_t filled_ = 0;
  std::size_t frames_ = 0;
  alignas(16) std::array<float, kMaxFrame + kMaxFrame / 2 + kMaxPush> waiting_{};
  alignas(16) std::array<float, kMaxFrame> sums_{};
};

}  // namespace torpor::signal
