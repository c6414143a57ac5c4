// The collecting step: agree with the firmware if that has not happened yet, then ask for
// its newest batch, all within one deadline.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "agent/key_hand_over.h"
#include "agent/roll_out.h"
#include "agent/world.h"
#include "core/status.h"
#include "core/time.h"
#include "link/computer_end.h"
#include "power/lease.h"

namespace torpor::agent {

struct Collected {
  enum class Kind : std::uint8_t {
    kBatch,    // Collector::end() has its header and samples
    kNothing,  // `why` says why not
    kRefused,  // the two sides disagree: `refusal`
    kOther,    // go on under `go_on_under`, which is held as well: the firmware obeys it,
               // or the keys are to be read again
    kStop,     // somebody asked the program to end
  };
  Kind kind = Kind::kNothing;
  Status why = Status::kNothingNew;
  link::Refusal refusal;
  Digest go_on_under{};
  bool on_trial = false;  // there; the firmware may go back from it by itself
  std::optional<Microseconds> ready_in;  // from now until the firmware's next batch
  bool restarted = false;                // the firmware had forgotten the agreement
  bool corrupt = false;                  // a batch came that cannot be used
  bool ended = false;                    // the firmware's sensor has come to its end
};

// What the collector does beside its batches, if anything. All of it outlives the
// collector.
struct HandOvers {
  RollOut* contracts = nullptr;
  KeyHandOver* keys = nullptr;
  // Held, but nobody here can work under it: while the firmware tries it, there is
  // nothing to do but wait until it goes back.
  std::optional<Digest> unfit{};
};

class Collector {
 public:
  // A nonce must be unpredictable and never repeat.
  using MakeNonce = std::function<link::Nonce()>;

  // `world` and what `self` refers to must outlive this. Room for one batch of the
  // contract is taken here, once.
  Collector(World& world, const link::ComputerSelf& self, const link::Pairing& pairing,
            MakeNonce make_nonce, HandOvers hand_overs = {});

  // One cycle's asking, until the deadline, under the lease of the link: whoever takes
  // the lease back ends the asking as an unplugged cable would.
  Collected Collect(const power::Lease& link, Instant deadline);

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
  void OnStated();
  Collected Nothing(Status why);
  Collected Refused();
  // The greeting was answered by somebody who does not hold the pairing key.
  Collected FromAStranger();
  // Of a FETCH that was answered.
  Collected Fetched(link::ComputerEvent event);
  // The cycle has its batch, or there is none: begins to hand keys or a new contract
  // over, if any are to be.
  bool Offer();
  // The firmware's answer to that.
  void OnStaged();
  [[nodiscard]] bool MoreToOffer() const;
  [[nodiscard]] Collected GoOnUnder(const Digest& contract, bool on_trial);

  World* world_;
  std::vector<std::int16_t>
      samples_;  // little-endian on the wire, as on every host we build for
  link::ComputerEnd end_;
  MakeNonce make_nonce_;
  HandOvers hand_overs_;
  Digest obeyed_{};
  bool greet_next_ =
      false;  // an order was given; the next statement says what came of it
  bool agreed_ = false;
  bool restarted_ = false;
  std::uint64_t failures_ = 0;
  bool ever_agreed_ = false;
  int strangers_ = 0;  // cycles in a row in which who answered held another pairing key
};

}  // namespace torpor::agent
