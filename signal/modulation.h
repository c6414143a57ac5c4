// How often the vibration of a carrier swells: a pit that is rolled over rings the
// structure at the same rate for as long as the shaft turns.
#pragma once

#include <array>
#include <cstddef>
#include <span>

#include "core/status.h"
#include "signal/features.h"
#include "signal/wavelet_packet.h"
#include "signal/welch.h"

namespace torpor::signal {

// The envelope of a carrier is its squared coefficients, averaged in blocks of a power of
// two down to a rate of kEnvelopeHz or more. Frames of it under a Hann window, half
// overlapping; their power averaged, over the square of the envelope's mean: so neither
// level nor gain matter. A Hann window keeps the mean itself out of all but the two
// lowest bins, and no band reaches there.
//
// 14 kB, no heap. Source: McFadden and Smith 1984 (envelope spectra of bearings).
class Modulation {
 public:
  static constexpr std::size_t kLevel = 2;  // of the packet: kCarriers nodes
  static constexpr std::size_t kMaxFrame = 256;
  static constexpr double kEnvelopeHz = 800;
  static constexpr double kHighestHz = 400;
  // A modulation of less than this power density, per Hz, is none.
  static constexpr float kFloor = 1e-6F;

  // For windows of `columns` columns of the packet at this rate, 4 or more.
  //   kBatchShape  fewer
  [[nodiscard]] Status Prepare(double sample_rate_hz, std::size_t columns);

  void Restart();
  // The first `columns` columns of the packet's newest block.
  void Push(const WaveletPacket& packet, std::size_t columns);
  // Natural logarithm of power density per Hz, carrier after carrier, kRatesPerCarrier
  // each. `noise` is the power of the converter's rounding in one coefficient.
  void Finish(float noise, std::span<float, kCarriers * kRatesPerCarrier> features);

  [[nodiscard]] HzRange Rates(std::size_t band) const;

 private:
  static constexpr std::size_t kBlock =
      (WaveletPacket::kRows >> kLevel) * WaveletPacket::kColumns;

  using Frames = Welch<kMaxFrame, kBlock>;

  // The samples of the envelope from the newest block on.
  void Envelope(const WaveletPacket& packet, std::size_t carrier,
                std::span<float, kBlock> out) const;

  double envelope_hz_ = 0;
  std::size_t frame_ = kMinFft;
  std::size_t mean_of_ = 1;  // coefficients in one sample of the envelope
  std::array<float, kRatesPerCarrier + 1> edges_{};  // in bins

  std::size_t skip_ = 0;     // samples of the envelope still to be left out
  std::size_t samples_ = 0;  // of the envelope, so far
  std::array<double, kCarriers> sums_{};
  std::array<Frames, kCarriers> welch_{};
  Frames::Scratch scratch_;
};

}  // namespace torpor::signal
