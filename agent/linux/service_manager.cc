#include "agent/linux/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "agent/accelerator/descriptor.h"

namespace torpor::agent {
namespace {

std::string Told(const char* name) {
  const char* const value = std::getenv(name);
  return value != nullptr ? value : "";
}

}  // namespace

ServiceManager ServiceManager::FromEnvironment() {
  const std::string pid = Told("WATCHDOG_PID");
  const bool ours = pid.empty() || pid == std::to_string(::getpid());
  return {Told("NOTIFY_SOCKET"), ours && !Told("WATCHDOG_USEC").empty()};
}

void ServiceManager::Expect(Microseconds silence) const {
  if (!watches()) return;
  Say("WATCHDOG_USEC=" + std::to_string(silence.count()) + "\nWATCHDOG=1");
}

void ServiceManager::Alive(std::string_view status) const {
  std::string text = watches() ? "WATCHDOG=1\nSTATUS=" : "STATUS=";
  for (const char c : status.substr(0, 200)) text += c == '\n' ? ' ' : c;
  Say(text);
}

void ServiceManager::Say(std::string_view text) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() < 2 || socket_.size() >= sizeof address.sun_path) return;
  std::ranges::copy(socket_, address.sun_path);
  if (socket_.front() == '@') address.sun_path[0] = '\0';  // of the abstract namespace
  const Descriptor out(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!out.valid()) return;
  const auto length =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  [[maybe_unused]] const ssize_t sent =
      ::sendto(out.get(), text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
               reinterpret_cast<const sockaddr*>(&address), length);
}

}  // namespace torpor::agent
