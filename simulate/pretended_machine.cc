#include "simulate/pretended_machine.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <iterator>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "simulate/pretended_layout.h"

namespace torpor::simulate {
namespace {

namespace fs = std::filesystem;
using namespace pretended;

constexpr int kFirstNumber = 1001;  // of a process
constexpr const char* kSlowest = "306000000\n";
constexpr const char* kFastest = "1020000000\n";
// Of a processor's time, in the share that the kernel's tick has.
constexpr int kSpinShare = 2;

std::string Gpu(const char* name) { return std::string(kGpu) + "/" + name; }
std::string Devfreq(const char* name) { return Gpu("devfreq/17000000.gpu/") + name; }

std::string WholeMilliseconds(Microseconds time) {
  return std::to_string(time.count() / 1000) + "\n";
}

// Everybody else who has the file open, by process.
std::vector<pid_t> HoldersOf(const fs::path& file) {
  std::vector<pid_t> holders;
  std::error_code error;
  const fs::path wanted = fs::canonical(file, error);
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    const std::string name = process->path().filename();
    pid_t pid = 0;
    const auto [rest, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc{} || *rest != '\0' || pid == ::getpid()) continue;
    std::error_code refused;  // another user's, or gone
    for (fs::directory_iterator fd(process->path() / "fd", refused), last;
         !refused && fd != last; fd.increment(refused)) {
      std::error_code gone;
      if (fs::read_symlink(fd->path(), gone) != wanted || gone) continue;
      holders.push_back(pid);
      break;
    }
  }
  std::ranges::sort(holders);
  return holders;
}

std::string NameOf(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/comm");
  std::string name;
  std::getline(file, name);
  return name;
}

}  // namespace

Attempt<std::unique_ptr<PretendedMachine>> PretendedMachine::Make(fs::path root) {
  std::unique_ptr<PretendedMachine> machine(new PretendedMachine(std::move(root)));
  if (!machine->LayOut()) {
    return Refusal{Status::kIo,
                   machine->root_.string() + " cannot be laid out as a machine",
                   {},
                   {}};
  }
  return machine;
}

bool PretendedMachine::LayOut() {
  if (fs::exists(root_)) return false;
  std::error_code error;
  for (const char* folder : {"dev", "driver", "proc/self", "sys/class/devfreq",
                             "sys/firmware/devicetree/base/gpu"}) {
    fs::create_directories(root_ / folder, error);
  }
  fs::create_directories(root_ / Gpu("power"), error);
  fs::create_directories(root_ / Devfreq(""), error);
  const auto link = [&](const std::string& path, const char* target) {
    fs::create_directory_symlink(target, root_ / path, error);
  };
  link("sys/class/devfreq/17000000.gpu",
       "../../devices/platform/17000000.gpu/devfreq/17000000.gpu");
  link(Devfreq("device"), "../..");
  link(Gpu("of_node"), "../../../firmware/devicetree/base/gpu");
  Put("sys/firmware/devicetree/base/gpu/name", std::string("gpu\0", 4));
  Put(kDevice, "");
  Put(Gpu("load"), "0\n");  // which whoever reads it wakes
  Put(Gpu("power/control"), "auto\n");
  Put(Gpu("power/autosuspend_delay_ms"), std::to_string(kAutosuspend.count()) + "\n");
  Put(Devfreq("governor"), "nvhost_podgov\n");
  Put(Devfreq("available_frequencies"), "306000000 408000000 612000000 1020000000\n");
  Put(Devfreq("min_freq"), kSlowest);
  Put(Devfreq("max_freq"), kFastest);
  Put(Devfreq("cur_freq"), kSlowest);
  ShowGpu(false);
  ShowSpin();
  const fs::path alive = root_ / kAlive;
  if (::mkfifo(alive.c_str(), S_IRUSR | S_IWUSR) != 0) return false;
  alive_ = ::open(alive.c_str(), O_RDWR | O_CLOEXEC);
  return !error && alive_ >= 0;
}

PretendedMachine::~PretendedMachine() {
  if (alive_ < 0) return;
  ::close(alive_);
  for (int i = 0; i < 200 && Held(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void PretendedMachine::Put(const std::string& path, const std::string& text) const {
  std::ofstream(root_ / path, std::ios::binary) << text;
}

void PretendedMachine::Begin(MachineFault fault, Instant from) {
  fault_ = fault;
  from_ = from;
}

// Whether a channel is open: its holder has locked the file.
bool PretendedMachine::Held() const {
  const int fd = ::open((root_ / kDevice).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = ::flock(fd, LOCK_EX | LOCK_NB) != 0;
  ::close(fd);
  return held;
}

void PretendedMachine::Advance(Instant now) {
  std::error_code error;
  const auto size = fs::file_size(root_ / kDevice, error);
  if (!error && size > jobs_) {
    jobs_ = size;
    up_until_ = std::max(up_until_, last_ + kAutosuspend);
  }
  const bool held = Held();
  const bool faulty = fault_ != MachineFault::kNone && now > from_;
  const bool kept_on = faulty && fault_ == MachineFault::kClocksPinned;
  const Instant since = std::clamp(from_, last_, now);  // of this stretch, the fault

  const Instant up = held ? now : std::clamp(up_until_, last_, now);
  Microseconds active = up - last_;
  if (kept_on) active += now - std::max(up, since);
  active_ += active;
  suspended_ += now - last_ - active;
  if (held || kept_on) up_until_ = now + kAutosuspend;
  if (faulty && fault_ == MachineFault::kCpuSpun) {
    on_processor_ += (now - since) / kSpinShare;
  }

  if (faulty && !std::exchange(acted_, true)) Act();
  if (held && !began_) began_ = last_;
  ShowHolders(held);
  ShowGpu(now < up_until_);
  ShowSpin();
  last_ = now;
}

// When a session was left open is seen, and does not follow from being told to.
void PretendedMachine::Act() {
  if (fault_ != MachineFault::kSessionLeftOpen) began_ = from_;
  switch (fault_) {
    case MachineFault::kSessionHangs:
      return Put(kHang, "");
    case MachineFault::kSessionLeftOpen:
      return Put(kLeaveOpen, "");
    case MachineFault::kClocksPinned:
      Put(Gpu("power/control"), "on\n");
      Put(Devfreq("min_freq"), kFastest);
      return Put(Devfreq("cur_freq"), kFastest);
    case MachineFault::kCpuSpun:
    case MachineFault::kNone:
      return;
  }
}

void PretendedMachine::ShowGpu(bool active) const {
  Put(kStatus, active ? "active\n" : "suspended\n");
  Put(kRailgated, active ? "no\n" : "yes\n");
  Put(Gpu("power/runtime_active_time"), WholeMilliseconds(active_));
  Put(Gpu("power/runtime_suspended_time"), WholeMilliseconds(suspended_));
}

// The kernel's account of torpord: fields 14 and 15 are its ticks on a processor.
void PretendedMachine::ShowSpin() const {
  const auto ticks = on_processor_.count() * ::sysconf(_SC_CLK_TCK) / 1'000'000;
  Put("proc/self/stat", "1000 (torpord) S 1 1000 1000 0 -1 0 0 0 0 0 " +
                            std::to_string(ticks) + " 0 0 0 20 0 1\n");
}

void PretendedMachine::ShowHolders(bool held) {
  std::error_code error;
  const std::vector<pid_t> holders =
      held ? HoldersOf(root_ / kDevice) : std::vector<pid_t>{};
  for (const auto& [pid, number] : numbers_) {
    if (std::ranges::find(holders, pid) == holders.end()) {
      fs::remove_all(root_ / "proc" / std::to_string(number), error);
    }
  }
  for (const pid_t pid : holders) {
    const auto number =
        numbers_.try_emplace(pid, kFirstNumber + static_cast<int>(numbers_.size()))
            .first->second;
    const std::string process = "proc/" + std::to_string(number);
    if (fs::exists(root_ / process, error)) continue;
    fs::create_directories(root_ / process / "fd", error);
    fs::create_symlink("/" + std::string(kDevice), root_ / process / "fd/3", error);
    Put(process + "/comm", NameOf(pid) + "\n");
    Put(process + "/cmdline", NameOf(pid));
  }
}

}  // namespace torpor::simulate
