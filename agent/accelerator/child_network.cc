#include "agent/accelerator/child_network.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <system_error>

#include "core/hex.h"
#include "core/status_table.h"
#include "power/words.h"

namespace torpor::agent {
namespace {

// 1 kW for a whole hour, the longest period: what is beyond is no energy of an inference.
constexpr std::int64_t kMostDeviceMicrojoules = 3'600'000'000'000;

using contract::Residency;

// What a process may say of its own accord; everything else it says is a fault of its.
bool MaySay(Status status) {
  switch (status) {
    case Status::kModelMissing:
    case Status::kModelMalformed:
    case Status::kModelDigest:
    case Status::kModelMismatch:
    case Status::kModelVersion:
    case Status::kAcceleratorMissing:
      return true;
    default: {
      const auto number = static_cast<unsigned>(status);
      return number >= 425 && number <= 429 && Info(status).status == status;
    }
  }
}

std::string InWords(const ProcessEnd& end) {
  return end.by_signal ? Print("ended by signal %d", end.number)
                       : Print("ended with exit code %d", end.number);
}

// One message of exactly this size, without waiting for it.
enum class Got : std::uint8_t { kWhole, kNothingYet, kHungUp, kOther };
template <class Message>
Got Receive(int socket, Message& message) {
  Message read{};
  const ssize_t size = ::recv(socket, &read, sizeof read, MSG_DONTWAIT | MSG_TRUNC);
  if (size < 0)
    return errno == EAGAIN || errno == EINTR ? Got::kNothingYet : Got::kHungUp;
  if (size == 0) return Got::kHungUp;
  if (static_cast<std::size_t>(size) != sizeof read) return Got::kOther;
  message = read;
  return Got::kWhole;
}

}  // namespace

Result<std::unique_ptr<ChildNetwork>> ChildNetwork::Make(ChildSetting setting,
                                                         const model::NetworkFile& file,
                                                         std::size_t tokens) {
  auto memory = RequestMemory::Make(tokens * file.view().shape.inputs);
  if (!memory.ok()) return memory.status();
  return std::unique_ptr<ChildNetwork>(
      new ChildNetwork(std::move(setting), *std::move(memory), file.view(), tokens));
}

ChildNetwork::ChildNetwork(ChildSetting setting, RequestMemory memory,
                           const model::NetworkView& view, std::size_t tokens)
    : setting_(std::move(setting)),
      memory_(std::move(memory)),
      shape_(view.shape),
      digest_(view.digest),
      tokens_(tokens),
      name_(setting_.back_end + " in a process of its own") {}

ChildNetwork::~ChildNetwork() = default;

Microseconds ChildNetwork::Left(Instant deadline) const {
  return std::max(deadline - setting_.now(), setting_.at_least);
}

Status ChildNetwork::Complain(Status what, std::string clause) {
  problems_.emplace_back(what, std::move(clause));
  return what;
}

void ChildNetwork::Kill() {
  if (!child_ || state_ == State::kDying) return;
  child_->Kill();
  state_ = State::kDying;
  ++kills_;
}

bool ChildNetwork::WaitForEnd(Microseconds within) {
  if (!child_->WaitForEnd(within)) return false;
  lived_ += setting_.now() - started_;
  child_.reset();
  socket_.Close();
  return true;
}

Status ChildNetwork::Check(Microseconds within, std::string& problem) {
  problems_.clear();
  Allow(setting_.now() + within);
  float logit = 0;
  const std::vector<float> zeros(memory_.floats().size());
  Status status = Run(zeros, tokens_, logit);
  Release(setting_.now() + within);
  used_ = false;
  for (const auto& [what, clause] : TakeProblems()) {
    if (status == Status::kOk) status = what;
    problem += (problem.empty() ? "" : "; ") + clause;
  }
  return status;
}

Status ChildNetwork::Run(std::span<const float> z, std::size_t tokens, float& logit) {
  if (tokens != tokens_ || z.size() != memory_.floats().size())
    return Status::kBatchShape;
  if (!std::ranges::all_of(z, [](float x) { return std::isfinite(x); }))
    return Status::kNotANumber;
  if (child_ && state_ == State::kDying && !WaitForEnd(Microseconds{0})) {
    return Complain(Status::kAcceleratorFailed, "the last process cannot be ended");
  }
  // One that stayed and has died meanwhile is replaced; that it died is told.
  if (child_ && child_->WaitForEnd(Microseconds{0})) {
    Complain(Status::kAcceleratorFailed,
             "the process that stayed " + InWords(*child_->end()));
    WaitForEnd(Microseconds{0});
  }
  worked_ = false;
  if (!child_) {
    if (const Status status = Start(); status != Status::kOk) return status;
  }
  used_ = true;
  std::ranges::copy(z, memory_.floats().begin());
  if (const Status status = Ask(); status != Status::kOk) return status;
  const Status heard = Hear(logit);
  worked_ = heard == Status::kOk;
  return heard;
}

Status ChildNetwork::Start() {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair.data()) != 0) {
    return Complain(Status::kOs, "no socket for the accelerator's process");
  }
  socket_ = Descriptor(pair[0]);
  const Descriptor theirs(pair[1]);
  std::string digest(2 * digest_.size(), '0');
  WriteHex(digest_, digest);
  std::vector<std::string> words{"--back-end", setting_.back_end,
                                 "--model",    setting_.model.string(),
                                 "--digest",   digest,
                                 "--tokens",   std::to_string(tokens_),
                                 "--parent",   std::to_string(::getpid())};
  if (asks_device()) {
    words.insert(words.end(), {"--device-meter", setting_.device_meter});
  }
  if (!setting_.cache.empty()) {
    words.insert(words.end(), {"--cache", setting_.cache.string()});
  }
  const std::array hand_over{theirs.get(), memory_.descriptor()};
  started_ = setting_.now();
  auto child = ChildProcess::Start(setting_.program, words, hand_over);
  if (!child.ok()) {
    socket_.Close();
    return Complain(child.status(), setting_.program.string());
  }
  child_.emplace(*std::move(child));
  return Status::kOk;
}

Status ChildNetwork::Ask() {
  Request request;
  request.park = static_cast<std::uint32_t>(rung_);
  request.sequence = ++sequence_;
  request.tokens = static_cast<std::uint32_t>(tokens_);
  request.inputs = shape_.inputs;
  asked_ = rung_;
  state_ = State::kWorking;
  const ssize_t sent =
      ::send(socket_.get(), &request, sizeof request, MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent == static_cast<ssize_t>(sizeof request) ? Status::kOk : HungUp();
}

Status ChildNetwork::Hear(float& logit) {
  Answer answer;
  for (;;) {
    const Heard heard =
        WaitForEither(socket_.get(), child_->descriptor(), Left(deadline_));
    if (heard == Heard::kNothing) {
      Kill();
      return Complain(Status::kAcceleratorLate,
                      Print("no answer by the deadline, %.3f s after it began; killed",
                            Seconds(setting_.now() - started_)));
    }
    const Got got = Receive(socket_.get(), answer);
    if (got == Got::kWhole) return Judge(answer, logit);
    if (got == Got::kNothingYet && heard == Heard::kFirst) continue;
    if (got == Got::kOther) {
      Kill();
      return Complain(Status::kAcceleratorFailed, "an answer of another size; killed");
    }
    return HungUp();
  }
}

// A process that is ending says how, if it does so in time.
Status ChildNetwork::HungUp() {
  if (child_->WaitForEnd(Left(deadline_))) {
    const std::string how = InWords(*child_->end());
    WaitForEnd(Microseconds{0});
    return Complain(Status::kAcceleratorFailed,
                    "the process " + how + " before it answered");
  }
  Kill();
  return Complain(Status::kAcceleratorFailed, "the process hung up; killed");
}

Status ChildNetwork::Judge(const Answer& answer, float& logit) {
  const auto lied = [&](std::string clause) {
    Kill();
    return Complain(Status::kAcceleratorFailed, std::move(clause) + "; killed");
  };
  if (answer.mark != kAnswerMark) return lied("an answer of another kind");
  if (answer.sequence != sequence_) return lied("an answer to another request");
  const auto status = static_cast<Status>(answer.status);
  if (answer.status > 0xFFFF || status != Status::kOk) {
    asked_ = Residency::kChildExited;  // after a failure it ends, whatever it was told
    const bool its_own = answer.status <= 0xFFFF && MaySay(status);
    std::string clause(TextOf(answer.problem));
    if (!its_own && status != Status::kAcceleratorFailed) {
      clause = Print("status %u", answer.status) + (clause.empty() ? "" : ": " + clause);
    }
    return Complain(its_own ? status : Status::kAcceleratorFailed, std::move(clause));
  }
  if (!std::isfinite(answer.logit)) return lied("a logit that is not a number");
  if (answer.in_flight != 0) return lied("an answer while the device is still at work");
  account_ = {Microseconds(static_cast<std::int64_t>(answer.open_us)),
              Microseconds(static_cast<std::int64_t>(answer.run_us)),
              std::string(TextOf(answer.versions)),
              {}};
  if (answer.device_uj >= 0 && answer.device_uj <= kMostDeviceMicrojoules) {
    account_.device = Microjoules{answer.device_uj};
  }
  logit = answer.logit;
  return Status::kOk;
}

void ChildNetwork::Release(Instant deadline) {
  if (!child_ || state_ == State::kParked) return;
  const Microseconds within = Left(deadline);
  if (state_ == State::kWorking && asked_ != Residency::kChildExited) {
    if (ConfirmsParking(within)) return;
  } else if (state_ == State::kWorking) {
    if (WaitForEnd(within)) return;
    Kill();
    Complain(Status::kAcceleratorLate, "not gone by the deadline of release; killed");
  }
  if (!WaitForEnd(std::max(within, setting_.after_kill))) {
    Complain(Status::kAcceleratorFailed, "not even SIGKILL has ended the process yet");
  }
}

// True when the process has parked; otherwise it has been told to die.
bool ChildNetwork::ConfirmsParking(Microseconds within) {
  Parked parked;
  const Heard heard = WaitForEither(socket_.get(), child_->descriptor(), within);
  if (heard != Heard::kNothing && Receive(socket_.get(), parked) == Got::kWhole &&
      parked.mark == kParkedMark && parked.sequence == sequence_ &&
      parked.park == static_cast<std::uint32_t>(asked_)) {
    state_ = State::kParked;
    return true;
  }
  Kill();
  if (heard == Heard::kNothing) {
    Complain(Status::kAcceleratorLate, "not parked by the deadline of release; killed");
  } else {
    Complain(Status::kAcceleratorFailed, "it did not park as it was told; killed");
  }
  return false;
}

void ChildNetwork::SetRung(Residency rung) {
  rung_ = std::min(rung, setting_.residency_max);
}

void ChildNetwork::EndCycle(Microseconds within) {
  const bool used = std::exchange(used_, false);
  if (!child_) return;
  if (state_ == State::kDying) {
    WaitForEnd(Microseconds{0});
    return;
  }
  if (used) return;
  socket_.Close();  // it hears that nothing more comes, tears down and ends
  if (WaitForEnd(within)) return;
  Kill();
  Complain(Status::kAcceleratorLate, "not gone when its lease was over; killed");
  WaitForEnd(within);
}

void ChildNetwork::BeginSleep() {
  at_sleep_.clear();
  if (!child_) return;
  if (auto threads = power::ReadContextSwitches(child_->pid()); threads.ok()) {
    at_sleep_ = *std::move(threads);
  }
}

std::optional<std::uint32_t> ChildNetwork::EndSleep() {
  if (!child_) return 0;
  const auto now = power::ReadContextSwitches(child_->pid());
  if (!now.ok() || at_sleep_.empty()) return std::nullopt;
  const std::uint64_t switches = power::SwitchesBetween(at_sleep_, *now);
  // Who had not yet fallen asleep was still to do it once.
  const auto falling = static_cast<std::uint64_t>(
      std::ranges::count(at_sleep_, false, &power::ThreadSwitches::asleep));
  return static_cast<std::uint32_t>(switches - std::min(switches, falling));
}

Residency ChildNetwork::residency() const {
  if (!child_) return Residency::kChildExited;
  return state_ == State::kParked ? asked_ : Residency::kHot;
}

Microseconds ChildNetwork::resident_time() const {
  return child_ ? lived_ + (setting_.now() - started_) : lived_;
}

std::filesystem::path AcceleratorProgram() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  return program.parent_path() / "torpor-accelerator";
}

}  // namespace torpor::agent
