// The collecting step: agree with the firmware if that has not happened yet, then ask for
// its newest batch, all within one deadline.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "agent/roll_out.h"
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
    kOther,    // the firmware obeys `firmware_obeys`, which is held as well
    kStop,     // somebody asked the program to end
  };
  Kind kind = Kind::kNothing;
  Status why = Status::kNothingNew;
  link::Refusal refusal;
  Digest firmware_obeys{};
  std::optional<Microseconds> ready_in;  // from now until the firmware's next batch
  bool restarted = false;                // the firmware had forgotten the agreement
  bool corrupt = false;                  // a batch came that cannot be used
  bool ended = false;                    // the firmware's sensor has come to its end
};

class Collector {
 public:
  // A nonce must be unpredictable and never repeat.
  using MakeNonce = std::function<link::Nonce()>;

  // `world`, `roll_out` and what `self` refers to must outlive this. Room for one batch
  // of the contract is taken here, once.
  Collector(World& world, const link::ComputerSelf& self, const link::Pairing& pairing,
            MakeNonce make_nonce, RollOut* roll_out = nullptr);

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
  Collected Refused();
  // Of a FETCH that was answered.
  Collected Fetched(link::ComputerEvent event);
  // The cycle has its batch, or there is none: begins to hand a new contract over, if one
  // is to be.
  bool Offer();

  World* world_;
  std::vector<std::int16_t>
      samples_;  // little-endian on the wire, as on every host we build for
  link::ComputerEnd end_;
  MakeNonce make_nonce_;
  RollOut* roll_out_;
  bool greet_next_ =
      false;  // an order was given; the next statement says what came of it
  bool agreed_ = false;
  bool restarted_ = false;
  std::uint64_t failures_ = 0;
};

}  // namespace torpor::agent
