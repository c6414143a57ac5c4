#include "firmware/port/qemu/machine.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include "core/bytes.h"
#include "firmware/port/host/flash_file.h"

namespace torpor::firmware::qemu {
namespace {

using simulate::Why;

constexpr const char* kEmulator = "qemu-system-arm";
// QEMU's own words about a network that nobody asked for.
constexpr const char* kNoise = "nic lan9118.0 has no peer";

volatile sig_atomic_t asked_to_stop = 0;
void OnStop(int) { asked_to_stop = 1; }

simulate::Refusal Failed(Status status, const std::string& what) {
  return Why(status, what + ": " + std::strerror(errno));
}

// A comma ends an option's value; two are one.
std::string Escaped(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == ',' ? std::string(",,") : std::string(1, c);
  return out;
}

std::vector<std::string> CommandLine(const MachineOptions& options,
                                     const std::string& pipes) {
  std::string semihosting = "enable=on,target=native";
  for (const std::string& word : options.words) semihosting += ",arg=" + Escaped(word);
  semihosting += ",arg=channel=" + Escaped(pipes);
  std::vector<std::string> line = {
      kEmulator, "-M", "mps2-an386,memory-backend=psram", "-object",
      "memory-backend-file,id=psram,size=16M,share=on,mem-path=" + Escaped(options.flash),
      "-nic", "none", "-display", "none", "-monitor", "none", "-semihosting-config",
      semihosting, "-kernel", options.image,
      // The first is the console, the second the link.
      "-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"};
  if (options.link) {
    line.insert(
        line.end(),
        {"-chardev", "socket,id=link,server=on,wait=off,path=" + Escaped(*options.link),
         "-serial", "chardev:link"});
  } else {
    // The board's time is what is executed, 16 ns an instruction, and jumps to the next
    // timer when there is nothing to execute.
    line.insert(line.end(), {"-icount", "shift=4,sleep=off"});
  }
  return line;
}

[[noreturn]] void Become(const std::vector<std::string>& line, int words) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it never outlives this program
  ::signal(SIGPIPE, SIG_IGN);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // the console
  ::dup2(words, STDERR_FILENO);
  std::vector<char*> argv;
  argv.reserve(line.size() + 1);
  // execvp takes char* for historical reasons and does not write.
  for (const std::string& word : line) {
    argv.push_back(const_cast<char*>(word.c_str()));  // NOLINT
  }
  argv.push_back(nullptr);
  ::execvp(argv.front(), argv.data());
  const auto text = std::string(kEmulator) + " cannot be started: is it installed?\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) == 0);
  ::_exit(127);
}

}  // namespace

simulate::Attempt<Machine> Machine::Start(const MachineOptions& options) {
  if (::access(options.image.c_str(), R_OK) != 0) {
    return Failed(Status::kFileMissing, options.image);
  }
  // QEMU wants a file of exactly the memory's size.
  if (::truncate(options.flash.c_str(), off_t{host::kBoardBytes}) != 0) {
    return Failed(Status::kIo, options.flash);
  }
  std::error_code error;
  Machine machine;
  machine.pipes_ = std::filesystem::absolute(options.flash, error).string();
  std::size_t length = machine.pipes_.size() + std::strlen("channel=") + 1;
  for (const std::string& word : options.words) length += word.size() + 1;
  if (error || length > channel::kMaxCommandLine) {
    return Why(Status::kUsage, "the path of the flash is too long for QEMU");
  }
  for (const char* suffix : {".ask", ".answer"}) {
    const std::string name = machine.pipes_ + suffix;
    ::unlink(name.c_str());
    if (::mkfifo(name.c_str(), 0600) != 0) return Failed(Status::kIo, name);
  }
  machine.asks_ = host::Descriptor(
      ::open((machine.pipes_ + ".ask").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  // Both ends are held, so that the image finds somebody whenever it comes.
  machine.answers_ = host::Descriptor(
      ::open((machine.pipes_ + ".answer").c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  std::array<int, 2> words{};
  if (!machine.asks_.open() || !machine.answers_.open() ||
      ::pipe2(words.data(), O_CLOEXEC | O_NONBLOCK) != 0) {
    return Failed(Status::kOs, "pipe");
  }
  machine.words_ = host::Descriptor(words[0]);
  const host::Descriptor theirs(words[1]);

  if (options.link) {  // a compressed run is ended by its broker
    struct sigaction action {};
    action.sa_handler = OnStop;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
  }
  const auto line = CommandLine(options, machine.pipes_);
  machine.pid_ = ::fork();
  if (machine.pid_ < 0) return Failed(Status::kOs, "fork");
  if (machine.pid_ == 0) Become(line, theirs.get());
  return machine;
}

Machine::Machine(Machine&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pipes_(std::exchange(other.pipes_, {})),
      asks_(std::move(other.asks_)),
      answers_(std::move(other.answers_)),
      words_(std::move(other.words_)),
      line_(std::move(other.line_)) {}

Machine::~Machine() {
  End();
  if (pipes_.empty()) return;
  for (const char* suffix : {".ask", ".answer"}) ::unlink((pipes_ + suffix).c_str());
}

// QEMU's standard error, line by line, to ours.
void Machine::PassWords() {
  std::array<char, 1024> room{};
  ssize_t got = 0;
  while ((got = ::read(words_.get(), room.data(), room.size())) > 0) {
    line_.append(room.data(), static_cast<std::size_t>(got));
  }
  for (std::size_t end = 0; (end = line_.find('\n')) != std::string::npos;) {
    const std::string line = line_.substr(0, end);
    line_.erase(0, end + 1);
    if (line.find(kNoise) == std::string::npos)
      std::fprintf(stderr, "%s\n", line.c_str());
  }
  if (got == 0) words_ = host::Descriptor();
}

// Until the descriptor can be used; false when the machine is gone, or this program is to
// end. Words are its end, too: QEMU holds their pipe as long as it lives.
bool Machine::WaitFor(int fd, short events) {
  while (asked_to_stop == 0) {
    std::array<pollfd, 2> watched = {pollfd{fd, events, 0},
                                     pollfd{words_.get(), POLLIN, 0}};
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if ((watched[0].revents & events) != 0) return true;
    if (watched[1].revents != 0) PassWords();
    if (watched[0].revents != 0 || !words_.open()) return false;
  }
  return false;
}

bool Machine::ReadAll(std::span<std::byte> out) {
  while (!out.empty()) {
    if (!WaitFor(asks_.get(), POLLIN)) return false;
    const ssize_t got = ::read(asks_.get(), out.data(), out.size());
    if (got == 0) return false;
    if (got > 0) out = out.subspan(static_cast<std::size_t>(got));
  }
  return true;
}

void Machine::WriteAll(std::span<const std::byte> bytes) {
  while (!bytes.empty() && WaitFor(answers_.get(), POLLOUT)) {
    const ssize_t put = ::write(answers_.get(), bytes.data(), bytes.size());
    if (put > 0) bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

std::optional<Request> Machine::Next() {
  std::array<std::byte, channel::kHeadBytes> head{};
  if (!ReadAll(head)) return std::nullopt;
  ByteReader reader(head);
  Request request;
  request.kind = static_cast<channel::Kind>(reader.Read<std::uint32_t>());
  request.body.resize(reader.Read<std::uint32_t>());
  if (!ReadAll(request.body)) return std::nullopt;
  return request;
}

void Machine::Answer(std::span<const std::byte> body) {
  std::array<std::byte, channel::kLengthBytes> length{};
  ByteWriter(length).Write(static_cast<std::uint32_t>(body.size()));
  WriteAll(length);
  WriteAll(body);
}

int Machine::End() {
  if (pid_ <= 0) return 0;
  int status = 0;
  // An image that has ended has closed its pipe a moment before the process is gone.
  const bool killed = asked_to_stop != 0;
  if (killed) ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    ::kill(pid_, SIGKILL);
  }
  pid_ = -1;
  if (words_.open()) PassWords();
  if (killed) return 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace torpor::firmware::qemu
