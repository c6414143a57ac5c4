#include "agent/linux/service_manager.h"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv is POSIX
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <string>

#include "agent/accelerator/descriptor.h"
#include "core/test_folder.h"

namespace torpor::agent {
namespace {

using std::chrono_literals::operator""s;

// systemd's end of the socket.
class ServiceManagerTest : public testing::Test {
 protected:
  explicit ServiceManagerTest() { Listen((folder_ / "notify").string()); }
  ~ServiceManagerTest() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) {
      ::unsetenv(name);
    }
  }
  void Listen(const std::string& name) {
    socket_ = name;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path - 1);
    if (name[0] == '@') address.sun_path[0] = '\0';
    in_ = Descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(
        ::bind(in_.get(), reinterpret_cast<const sockaddr*>(&address),
               static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
        0);
  }
  ServiceManager Started(const char* watchdog_us, const std::string& pid = {}) {
    ::setenv("NOTIFY_SOCKET", socket_.c_str(), 1);
    if (watchdog_us != nullptr) ::setenv("WATCHDOG_USEC", watchdog_us, 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
    return ServiceManager::FromEnvironment();
  }
  std::string Heard() const {
    std::array<char, 512> text{};
    const ssize_t size = ::recv(in_.get(), text.data(), text.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size))
                    : "nothing";
  }

  TestFolder folder_;
  std::string socket_;
  Descriptor in_;
};

TEST_F(ServiceManagerTest, TheContractSaysHowLongSilenceMayLast) {
  const ServiceManager service = Started("30000000", std::to_string(::getpid()));
  EXPECT_TRUE(service.watches());
  service.Ready();
  EXPECT_EQ(Heard(), "READY=1");
  service.Expect(185s);
  EXPECT_EQ(Heard(), "WATCHDOG_USEC=185000000\nWATCHDOG=1");
  service.Alive("cycle 7: normal\nand more");
  EXPECT_EQ(Heard(), "WATCHDOG=1\nSTATUS=cycle 7: normal and more");
  service.Stopping();
  EXPECT_EQ(Heard(), "STOPPING=1");
  EXPECT_EQ(Heard(), "nothing");
}

TEST_F(ServiceManagerTest, WithoutAWatchdogOnlyTheStatusIsTold) {
  const ServiceManager service = Started(nullptr);
  EXPECT_FALSE(service.watches());
  service.Expect(185s);
  EXPECT_EQ(Heard(), "nothing");
  service.Alive("asleep");
  EXPECT_EQ(Heard(), "STATUS=asleep");
}

TEST_F(ServiceManagerTest, AWatchdogOfAnotherProcessIsNotOurs) {
  EXPECT_FALSE(Started("30000000", "1").watches());
}

TEST_F(ServiceManagerTest, AnAbstractSocketIsOneAsWell) {
  Listen("@torpor-test-" + std::to_string(::getpid()));
  Started(nullptr).Ready();
  EXPECT_EQ(Heard(), "READY=1");
}

TEST(ServiceManager, WhereNobodyListensNothingHappens) {
  const ServiceManager nobody;
  EXPECT_FALSE(nobody.listens());
  nobody.Ready();
  ServiceManager("/no/such/socket", true).Alive("x");
  ServiceManager(std::string(500, 'x'), true).Alive("x");
  ServiceManager("@", true).Alive("x");
}

}  // namespace
}  // namespace torpor::agent
