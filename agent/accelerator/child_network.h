// A network that runs in a process of its own: one request, one answer, and by default
// the process is gone before the robot goes on. Whatever the device, its driver or a
// plugin does, torpord waits for it no longer than the contract says, then kills it,
// counts it, and sleeps.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/accelerator/process.h"
#include "agent/accelerator/protocol.h"
#include "agent/accelerator/request_memory.h"
#include "contract/terms.h"
#include "core/result.h"
#include "core/time.h"
#include "core/units.h"
#include "model/network.h"
#include "model/network_file.h"
#include "power/context_switches.h"

namespace torpor::agent {

// What a process is started with; the same for each.
struct ChildSetting {
  std::filesystem::path program;  // torpor-accelerator
  std::string back_end;           // cpu, reference, tensorrt, or the name of a plugin
  std::filesystem::path model;    // the file that the network was read from
  std::filesystem::path cache;    // where plans may be kept; empty: nowhere
  contract::Residency residency_max = contract::Residency::kChildExited;
  std::function<Instant()> now;  // the clock of the deadlines; cheap
  // Of every wait, in real time, whatever that clock says: under the time broker it
  // stands still, and a machine that is busy must not change what is written.
  Microseconds at_least{};
  std::string device_meter{};  // NVML's library; empty: nobody asks the device
  // How long a process that was killed is waited for, at least: the contract's release.
  Microseconds after_kill = std::chrono::seconds(1);
};

// What one process said of itself, of the last answer that was good.
struct ChildAccount {
  Microseconds open{}, run{};
  std::string
      versions;  // as model/backend_abi.h has them: what a calibration is bound to
  // By the device's own counter, from opening, or from the request to one that stayed, to
  // the result. Nothing: unmetered.
  std::optional<Microjoules> device;
};

// One thread, which must be the process's first: the end of that thread ends the child.
class ChildNetwork final : public model::Network {
 public:
  //   kOs  no shared memory (RequestMemory::Make)
  [[nodiscard]] static Result<std::unique_ptr<ChildNetwork>> Make(
      ChildSetting setting, const model::NetworkFile& file, std::size_t tokens);
  ~ChildNetwork() override;

  // Starts the process, opens the model and runs it once on zeros: everything that can be
  // wrong with an installation is wrong now. `problem` gets one clause.
  //   kAcceleratorMissing  no program, or no such back end
  //   kAcceleratorLate     no answer within `within`; the process was killed
  //   kAcceleratorFailed, kModel*, kOs, and the back ends' own
  [[nodiscard]] Status Check(Microseconds within, std::string& problem);

  // Until when the next Run may wait. Without it Run waits for nothing and is late.
  void Allow(Instant deadline) {
    deadline_ = deadline;
    account_.device.reset();  // whatever becomes of the run, it is not of the one before
  }

  // As model::Network says, but for: it starts a process where none has stayed, and
  // allocates. It returns at the allowed deadline at the latest.
  //   kBatchShape, kNotANumber  of z; nothing was started
  //   kAcceleratorLate          no answer by then: the process has been told to die
  //   kAcceleratorFailed        it ended, hung up, answered what it must not, or its last
  //                             one cannot be ended; problems() says which
  //   kAcceleratorMissing, kOs  it could not be started
  //   and what the back end says of model file and device
  [[nodiscard]] Status Run(std::span<const float> z, std::size_t tokens,
                           float& logit) override;
  [[nodiscard]] const model::NetworkShape& shape() const override { return shape_; }
  [[nodiscard]] std::string_view name() const override { return name_; }

  // Gives back what draws power, by `deadline`, after which it is taken: on return the
  // process is gone and reaped or, where a warmer rung was chosen, has said that it has
  // parked on it. A process that even SIGKILL does not end (a driver that hangs) is left,
  // after the setting's after_kill, as what it is: hot, and no other is started beside
  // it.
  void Release(Instant deadline);

  // The rung that processes started from now on stay on; never warmer than the contract
  // allows. Whoever calls this has a calibration which shows that it pays.
  void SetRung(contract::Residency rung);
  // A process that stayed is leased until the end of the cycle after the one it was used
  // in. Called when a cycle ends: one that it was not used in ends the lease, and the
  // process within `within`.
  void EndCycle(Microseconds within);

  // Called before and after a sleep. How often the process that stayed was scheduled
  // meanwhile, 0 without one; nothing when that cannot be measured.
  void BeginSleep();
  [[nodiscard]] std::optional<std::uint32_t> EndSleep();

  // What is up now: child-exited without a process, the rung where one has parked, hot
  // where one is at work or cannot be ended.
  [[nodiscard]] contract::Residency residency() const;
  // Work was handed over, and neither an answer nor an end has come.
  [[nodiscard]] bool at_work() const { return child_ && state_ != State::kParked; }
  // Whether the last run gave a logit; nothing before the first.
  [[nodiscard]] std::optional<bool> last_run_worked() const { return worked_; }
  // Since this was made: processes that were ended by force, and the time that all of
  // them lived, the one that lives now up to now.
  [[nodiscard]] std::uint64_t kills() const { return kills_; }
  [[nodiscard]] Microseconds resident_time() const;
  [[nodiscard]] const Digest& digest() const { return digest_; }  // of the model file
  // Whether the device is asked what it has used.
  [[nodiscard]] bool asks_device() const { return !setting_.device_meter.empty(); }
  // What its costs depend on, as far as it knows, after an answer: a calibration is bound
  // to it. How many tokens a run has is a part of it: a longer input is another workload.
  [[nodiscard]] std::string identity() const {
    return account_.versions + "; tokens=" + std::to_string(tokens_);
  }
  [[nodiscard]] const ChildAccount& account() const { return account_; }
  // What went otherwise than it should since this was last asked, each in words.
  [[nodiscard]] std::vector<std::pair<Status, std::string>> TakeProblems() {
    return std::exchange(problems_, {});
  }
  [[nodiscard]] std::optional<pid_t> pid() const {
    return child_ ? std::optional(child_->pid()) : std::nullopt;
  }

 private:
  ChildNetwork(ChildSetting setting, RequestMemory memory, const model::NetworkView& view,
               std::size_t tokens);

  [[nodiscard]] Status Start();
  [[nodiscard]] Status Ask();
  [[nodiscard]] Status Hear(float& logit);
  Status HungUp();
  [[nodiscard]] Status Judge(const Answer& answer, float& logit);
  [[nodiscard]] bool ConfirmsParking(Microseconds within);
  Status Complain(Status what, std::string clause);
  void Kill();
  bool WaitForEnd(Microseconds within);
  [[nodiscard]] Microseconds Left(Instant deadline) const;

  ChildSetting setting_;
  RequestMemory memory_;
  model::NetworkShape shape_;
  Digest digest_;
  std::size_t tokens_;
  std::string name_;

  std::optional<ChildProcess> child_;
  Descriptor socket_;
  Instant started_{};  // of child_
  enum class State : std::uint8_t {
    kWorking,  // a request is under way, or its answer has come and no more was heard
    kParked,   // it has said so
    kDying,    // it has been killed
  };
  State state_ = State::kWorking;  // of child_
  contract::Residency asked_{};    // of child_, with the last request
  contract::Residency rung_ = contract::Residency::kChildExited;
  bool used_ = false;           // in this cycle
  std::optional<bool> worked_;  // the last run
  std::vector<power::ThreadSwitches> at_sleep_;

  Instant deadline_{};
  std::uint64_t sequence_ = 0;
  std::uint64_t kills_ = 0;
  Microseconds lived_{};
  ChildAccount account_;
  std::vector<std::pair<Status, std::string>> problems_;
};

// torpor-accelerator, beside the running program.
[[nodiscard]] std::filesystem::path AcceleratorProgram();

}  // namespace torpor::agent
