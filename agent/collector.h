// The collecting step: agree with the firmware if that has not happened yet, then ask for
// its newest batch, all within one deadline.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "agent/world.h"
#include "core/status.h"
#include "core/time.h"
#include "link/computer_end.h"

namespace torpor::agent {

struct Collected {
  enum class Kind : std::uint8_t {
    kBatch,    // Collector::end() has its header and samples
    kNothing,  // `why` says why not
    kRefused,  // the two sides disagree: `refusal`
    kStop,     // somebody asked the program to end
  };
  Kind kind = Kind::kNothing;
  Status why = Status::kNothingNew;
  link::Refusal refusal;
  std::optional<Microseconds> ready_in;  // from now until the firmware's next batch
  bool restarted = false;                // the firmware had forgotten the agreement
  bool corrupt = false;                  // a batch came that cannot be used
  bool ended = false;                    // the firmware's sensor has come to its end
};

class Collector {
 public:
  // A nonce must be unpredictable and never repeat.
  using MakeNonce = std::function<link::Nonce()>;

  // `world` and what `self` refers to must outlive this. Room for one batch of the
  // contract is taken here, once.
  Collector(World& world, const link::ComputerSelf& self, const link::PairingKey& pairing,
            MakeNonce make_nonce);

  Collected Collect(Instant deadline);

  [[nodiscard]] bool agreed() const { return agreed_; }
  [[nodiscard]] const link::ComputerEnd& end() const { return end_; }
  // The window of the first sensor in the last batch, interleaved: the one that is
  // judged.
  [[nodiscard]] std::span<const std::int16_t> window() const;
  // Bad packets, unanswered questions, lost links: counted since the start.
  [[nodiscard]] std::uint64_t link_errors() const;

 private:
  void Greet();
  void MoveBytes();
  Collected Nothing(Status why);

  World* world_;
  std::vector<std::int16_t>
      samples_;  // little-endian on the wire, as on every host we build for
  link::ComputerEnd end_;
  MakeNonce make_nonce_;
  bool agreed_ = false;
  bool restarted_ = false;
  std::uint64_t failures_ = 0;
};

}  // namespace torpor::agent
