// The ports on trial: the suite runs on each, this program joins the ends of its link and
// watches from outside what the suite cannot see.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "core/test_folder.h"
#include "firmware/port/conformance/wrong_ports.h"
#include "firmware/port/host/flash_file.h"
#include "simulate/child.h"

namespace torpor::firmware {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

struct Port {
  std::string name;
  std::string program;
  std::vector<std::string> options;
  std::string image;  // that must have been built
};

void PrintTo(const Port& port, std::ostream* out) { *out << port.name; }

Port Host() { return {"Host", "torpor-port-conformance", {}, ""}; }
Port Mps2An386() {
  const std::string image = TORPOR_FIRMWARE_BUILD "/bin/torpor-port-conformance.elf";
  return {"Mps2An386", "torpor-firmware-qemu", {"--image", image}, image};
}

// Sends back what comes, until it is destroyed.
class JoinedEnds {
 public:
  explicit JoinedEnds(const fs::path& path) : thread_([this, path] { Run(path); }) {}
  ~JoinedEnds() {
    done_ = true;
    thread_.join();
  }

 private:
  static constexpr int kAtOnce = MSG_NOSIGNAL | MSG_DONTWAIT;

  void Run(const fs::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path.string(), address.sun_path);
    const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    while (!done_ && ::connect(fd, reinterpret_cast<const sockaddr*>(&address),  // NOLINT
                               sizeof address) != 0) {
      std::this_thread::sleep_for(5ms);
    }
    // All that it holds; a byte that was sent alone takes a socket's room for hundreds.
    std::string held;
    std::vector<char> bytes(4096);
    while (!done_) {
      const short room = held.empty() ? 0 : POLLOUT;
      pollfd watched{fd, static_cast<short>(POLLIN | room), 0};
      if (::poll(&watched, 1, 50) <= 0) continue;
      if ((watched.revents & POLLOUT) != 0) {
        const ssize_t put = ::send(fd, held.data(), held.size(), kAtOnce);
        if (put > 0) held.erase(0, static_cast<std::size_t>(put));
      }
      if ((watched.revents & ~POLLOUT) == 0) continue;
      const ssize_t got = ::read(fd, bytes.data(), bytes.size());
      if (got <= 0) break;
      held.append(bytes.data(), static_cast<std::size_t>(got));
    }
    ::close(fd);
  }

  std::atomic<bool> done_ = false;
  std::thread thread_;
};

// Of a process and its children, since they began.
std::chrono::milliseconds Computed(int pid) {
  const std::string folder = "/proc/" + std::to_string(pid);
  std::ifstream file(folder + "/stat");
  std::string text{std::istreambuf_iterator<char>(file), {}};
  std::istringstream words(text.substr(text.rfind(')') + 1));
  const std::vector<std::string> all{std::istream_iterator<std::string>(words), {}};
  if (all.size() < 13) return {};
  const long ticks = std::stol(all[11]) + std::stol(all[12]);  // utime, stime
  std::chrono::milliseconds sum(ticks * 1000 / ::sysconf(_SC_CLK_TCK));
  std::ifstream children(folder + "/task/" + std::to_string(pid) + "/children");
  for (int child = 0; children >> child;) sum += Computed(child);
  return sum;
}

// A suite that ends early may not pass.
std::vector<std::string> ChecksInTheSources() {
  constexpr std::string_view kBegin = "    Check{\"";
  std::vector<std::string> names;
  const fs::path folder = fs::path(TORPOR_SOURCE_DIR) / "firmware/port/conformance";
  for (const auto& file : fs::directory_iterator(folder)) {
    std::ifstream source(file.path());
    for (std::string line; std::getline(source, line);) {
      if (!line.starts_with(kBegin)) continue;
      names.push_back(
          line.substr(kBegin.size(), line.find('"', kBegin.size()) - kBegin.size()));
    }
  }
  return names;
}

class OnATrialBench : public testing::Test {
 protected:
  void SetUp() override {
    EraseFlash();
    fs::permissions(flash(), fs::perms::owner_read | fs::perms::owner_write);
  }
  void EraseFlash() const {
    std::ofstream(flash()) << std::string(
        std::size_t{host::kSectors} * host::kSectorBytes, '\xFF');
  }

  [[nodiscard]] fs::path flash() const { return folder_ / "flash"; }
  [[nodiscard]] fs::path link() const { return folder_ / "link"; }
  [[nodiscard]] fs::path log() const { return folder_ / "log"; }

  simulate::Child Start(const Port& port, const fs::path& console) const {
    std::vector<std::string> argv = {fs::path(TORPOR_BINARY_DIR) / "bin" / port.program};
    argv.insert(argv.end(), port.options.begin(), port.options.end());
    argv.insert(argv.end(), {"--flash", flash(), "--link", "socket:" + link().string(),
                             "--simulate-bearing", "7", "--fault", "none"});
    auto child = simulate::Child::Start(argv, {console, console});
    EXPECT_TRUE(child.ok());
    return std::move(*child);
  }

  // Lines of the console without those that only fill it.
  [[nodiscard]] std::vector<std::string> Lines() const {
    std::vector<std::string> lines;
    std::ifstream file(log());
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with("#")) lines.push_back(line);
    }
    return lines;
  }

  TestFolder folder_;
};

class PortConformance : public OnATrialBench, public testing::WithParamInterface<Port> {
 protected:
  bool Missing() const {
    if (GetParam().image.empty()) return false;
    const bool emulator = std::system("command -v qemu-system-arm > /dev/null") == 0;
    if (emulator && fs::exists(GetParam().image)) return false;
    std::fprintf(stderr, "NOT RUN: no %s, so this port was not tried: ./dev firmware\n",
                 emulator ? "image of the suite" : "qemu-system-arm");
    return true;
  }

  simulate::Child Start(const fs::path& console) const {
    return OnATrialBench::Start(GetParam(), console);
  }

  bool WaitForLine(const std::string& begin, simulate::Child& child) const {
    while (child.running()) {
      for (const std::string& line : Lines()) {
        if (line.starts_with(begin)) return true;
      }
      std::this_thread::sleep_for(20ms);
    }
    return false;
  }
};

TEST_P(PortConformance, KeepsWhatPortHPromises) {
  if (Missing()) return;
  const JoinedEnds joined(link());
  auto child = Start(log());

  // Seen from outside: who sleeps does not compute. 1.5 s of the 2, so that the rest may
  // be late.
  ASSERT_TRUE(WaitForLine("idle:", child)) << "it ended before it slept";
  std::this_thread::sleep_for(200ms);
  const auto before = Computed(child.pid());
  std::this_thread::sleep_for(1500ms);
  const auto computed = Computed(child.pid()) - before;
  std::printf("%s: computed for %d ms of 1500 while it slept\n", GetParam().name.c_str(),
              static_cast<int>(computed.count()));
  EXPECT_LE(computed, 40ms) << "of a core while it should sleep";

  EXPECT_EQ(child.Wait(), 0);
  std::size_t good = 0;
  for (const std::string& line : Lines()) {
    EXPECT_FALSE(line.starts_with("FAILED")) << line;
    if (line.starts_with("ok ")) ++good;
  }
  EXPECT_EQ(good, ChecksInTheSources().size()) << "it ended before its end";

  auto again = Start(log());
  EXPECT_EQ(again.Wait(), 0);
  EXPECT_EQ(Lines().back(), "ok FlashProgram.SurvivesARestart");
}

// The console is a pipe that is full and that nobody reads.
TEST_P(PortConformance, GoesOnWhenNobodyReadsItsConsole) {
  if (Missing()) return;
  const JoinedEnds joined(link());
  const fs::path fifo = folder_ / "unread";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const int held = ::open(fifo.c_str(), O_RDWR | O_CLOEXEC);
  auto child = Start(fifo);
  const auto begin = std::chrono::steady_clock::now();
  while (child.running() && std::chrono::steady_clock::now() < begin + 60s) {
    std::this_thread::sleep_for(50ms);
  }
  EXPECT_FALSE(child.running()) << "it waits for a reader";
  ::close(held);
}

INSTANTIATE_TEST_SUITE_P(Ports, PortConformance, testing::Values(Host(), Mps2An386()),
                         [](const auto& port) { return port.param.name; });

// What a porter may get wrong, on purpose.
class SuiteOnAWrongPort : public OnATrialBench,
                          public testing::WithParamInterface<conformance::WrongPort> {
 protected:
  // How many of the checks whose names begin so have failed; -1: it never ended.
  int Run(std::string_view wrong, std::string_view check) const {
    EraseFlash();  // of the mark that an earlier run has left
    const JoinedEnds joined(link());
    auto child = Start({"",
                        "torpor-wrong-port",
                        {"--wrong", std::string(wrong), "--check", std::string(check)},
                        ""},
                       log());
    for (const auto end = std::chrono::steady_clock::now() + 60s; child.running();) {
      if (std::chrono::steady_clock::now() > end) return -1;
      std::this_thread::sleep_for(5ms);
    }
    return child.Wait();
  }
};

TEST_P(SuiteOnAWrongPort, FindsItOut) {
  const std::string check(GetParam().found_by);
  ASSERT_EQ(Run("Nothing", check), 0) << "it would be found out for another reason";
  EXPECT_EQ(Run(GetParam().name, check), 1) << GetParam().what;
  const auto lines = Lines();
  EXPECT_TRUE(std::ranges::any_of(lines, [&](const std::string& line) {
    return line.starts_with("FAILED " + check + ": ");
  })) << testing::PrintToString(lines);
}

INSTANTIATE_TEST_SUITE_P(WrongPorts, SuiteOnAWrongPort,
                         testing::ValuesIn(conformance::kWrongPorts),
                         [](const auto& port) {
                           std::string check(port.param.found_by);
                           std::erase(check, '.');
                           return std::string(port.param.name) + "_" + check;
                         });

// Else it would prove nothing that they are found out.
TEST_F(OnATrialBench, TheWrongPortIsGoodWhenNothingIsWrongWithIt) {
  const JoinedEnds joined(link());
  EXPECT_EQ(Start({"", "torpor-wrong-port", {"--wrong", "Nothing"}, ""}, log()).Wait(),
            0);
  for (const std::string& line : Lines()) {
    EXPECT_FALSE(line.starts_with("FAILED")) << line;
  }
}

// FlashProgram.SurvivesARestart is not among them: it is no check of one run.
TEST(WrongPorts, ThereIsOneForEachCheck) {
  std::set<std::string> checks, tried;
  for (const std::string& name : ChecksInTheSources()) checks.insert(name);
  for (const auto& port : conformance::kWrongPorts) tried.emplace(port.found_by);
  EXPECT_EQ(checks, tried);
}

}  // namespace
}  // namespace torpor::firmware
