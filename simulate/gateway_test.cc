#include "simulate/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "telemetry/push.h"
#include "telemetry/test_gunzip.h"

// What a push makes of a gateway that misbehaves. The deadlines here are real time, and
// the margins wide: a crowded machine must not fail them, a missing deadline must.
namespace torpor::simulate {
namespace {

using telemetry::Push;
using telemetry::PushResult;
using telemetry::PushTarget;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Milliseconds kDeadline{300};
constexpr Milliseconds kAmple{20'000};

std::size_t ThreadsOfThisProcess() {
  std::size_t threads = 0;
  for ([[maybe_unused]] const auto& entry :
       std::filesystem::directory_iterator("/proc/self/task")) {
    ++threads;
  }
  return threads;
}

bool HasNoChild() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

PushTarget To(const FaultGateway& gateway) {
  return {gateway.address(), "robot-7", "", {}};
}

// A name for the same place, answered by a resolver of our own.
PushTarget Named(const FaultGateway& gateway, telemetry::Resolver resolver) {
  return {"http://gateway.invalid:" + std::to_string(gateway.port()), "robot-7", "",
          std::move(resolver)};
}

// Pushes into a fault, and asserts what holds for all of them: back in time, nothing
// left.
PushResult PushInto(const PushTarget& target, Milliseconds deadline) {
  const std::size_t threads = ThreadsOfThisProcess();
  const auto began = std::chrono::steady_clock::now();
  PushResult result = Push(target, "a 1\n", deadline);
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_LT(took, deadline + Milliseconds(1700));
  EXPECT_EQ(ThreadsOfThisProcess(), threads);
  EXPECT_TRUE(HasNoChild());
  return result;
}

TEST(Push, PutsThePageAsTheGroupOfTheRobot) {
  const FaultGateway gateway;
  const PushResult result = PushInto(To(gateway), kAmple);
  EXPECT_EQ(result.status, Status::kOk);
  EXPECT_EQ(result.http_status, 200);
  EXPECT_EQ(result.tries, 1);
  ASSERT_EQ(gateway.pages().size(), 1U);
  EXPECT_EQ(gateway.pages().front().method, "PUT");
  EXPECT_EQ(gateway.pages().front().path, "/metrics/job/torpor/instance/robot-7");
  EXPECT_EQ(gateway.pages().front().body, "a 1\n");
}

TEST(Push, SendsTheSamePageInFewerBytesWhenItIsCompressed) {
  const FaultGateway gateway;
  const std::string page(3000, 'a');
  PushTarget target = To(gateway);
  ASSERT_EQ(Push(target, page, kAmple).status, Status::kOk);
  target.gzip = true;
  ASSERT_EQ(Push(target, page, kAmple).status, Status::kOk);
  const auto pages = gateway.pages();
  ASSERT_EQ(pages.size(), 2U);
  EXPECT_THAT(pages[0].head, Not(HasSubstr("Content-Encoding")));
  EXPECT_THAT(pages[1].head, HasSubstr("\r\nContent-Encoding: gzip\r\n"));
  EXPECT_EQ(telemetry::Gunzip(pages[1].body), page);
  const auto sent = [&](std::size_t i) {
    return pages[i].head.size() + pages[i].body.size();
  };
  EXPECT_LT(sent(1), sent(0) / 5);
}

TEST(Push, KeepsThePathOfTheGateway) {
  const FaultGateway gateway;
  PushTarget target = To(gateway);
  target.gateway += "/site/a/";
  EXPECT_EQ(PushInto(target, kAmple).status, Status::kOk);
  EXPECT_EQ(gateway.pages().front().path, "/site/a/metrics/job/torpor/instance/robot-7");
}

TEST(Push, PostsThePageToAnImportUnderTheSameLabels) {
  const FaultGateway gateway;
  PushTarget target = To(gateway);
  target.gateway += "/vm/";
  target.receiver = telemetry::Receiver::kVictoriaMetrics;
  EXPECT_EQ(PushInto(target, kAmple).status, Status::kOk);
  ASSERT_EQ(gateway.pages().size(), 1U);
  EXPECT_EQ(gateway.pages().front().method, "POST");
  EXPECT_EQ(gateway.pages().front().path,
            "/vm/api/v1/import/prometheus?extra_label=job=torpor&extra_label=instance="
            "robot-7");
  EXPECT_EQ(gateway.pages().front().body, "a 1\n");
}

TEST(Push, KeepsItsPromisesToAnImport) {
  const auto into = [](GatewayFault fault, Milliseconds deadline) {
    const FaultGateway gateway(fault);
    PushTarget target = To(gateway);
    target.receiver = telemetry::Receiver::kVictoriaMetrics;
    return PushInto(target, deadline);
  };
  EXPECT_EQ(into(GatewayFault::kHang, kDeadline).status, Status::kGatewayTimeout);
  EXPECT_EQ(into(GatewayFault::kDrip, kDeadline).status, Status::kGatewayTimeout);
  for (const auto fault : {GatewayFault::kRubbish, GatewayFault::kHuge,
                           GatewayFault::kHeaders, GatewayFault::kEmpty}) {
    EXPECT_EQ(into(fault, kAmple).status, Status::kGatewayRubbish);
  }
  for (const auto fault : {GatewayFault::kMoved, GatewayFault::kReject}) {
    EXPECT_EQ(into(fault, kAmple).status, Status::kGatewayRejected);
  }
  const PushResult reset = into(GatewayFault::kReset, kAmple);
  EXPECT_EQ(reset.status, Status::kGatewayUnreachable);
  EXPECT_EQ(reset.tries, 2);
}

TEST(Push, ClosesItsConnectionEachTime) {
  const FaultGateway gateway;
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(PushInto(To(gateway), kAmple).status, Status::kOk);
  }
  EXPECT_EQ(gateway.connections(), 3U);
  EXPECT_EQ(gateway.pushes(), 3U);
}

TEST(Push, IsCutOffWhenTheGatewayHangs) {
  const FaultGateway gateway(GatewayFault::kHang);
  const PushResult result = PushInto(To(gateway), kDeadline);
  EXPECT_EQ(result.status, Status::kGatewayTimeout);
  EXPECT_EQ(result.tries, 1);
  EXPECT_LE(result.took, kDeadline);
}

TEST(Push, IsCutOffWhenTheAnswerDrips) {
  FaultGateway gateway(GatewayFault::kDrip);
  gateway.set_drip_interval(Milliseconds(40));  // each silence is far below the deadline
  EXPECT_EQ(PushInto(To(gateway), kDeadline).status, Status::kGatewayTimeout);
  gateway.set_drip_interval(Milliseconds(3000));
  EXPECT_EQ(PushInto(To(gateway), kDeadline).status, Status::kGatewayTimeout);
}

TEST(Push, IsCutOffInTheMiddleOfATlsGreeting) {
  FaultGateway gateway(GatewayFault::kHang);
  PushTarget target = To(gateway);
  target.gateway = "https" + target.gateway.substr(4);
  EXPECT_EQ(PushInto(target, kDeadline).status, Status::kGatewayTimeout);
}

// With libcurl come ten megabytes that a robot would hold in every sleep.
TEST(Push, LoadsLibcurlForTlsAlone) {
  const auto loaded = [] {
    std::ifstream maps("/proc/self/maps");
    const std::string text{std::istreambuf_iterator<char>(maps), {}};
    return text.find("libcurl") != std::string::npos;
  };
  const bool before = loaded();  // by another test of this process
  const FaultGateway gateway;
  EXPECT_EQ(PushInto(To(gateway), kAmple).status, Status::kOk);
  EXPECT_EQ(loaded(), before);
  PushTarget target = To(gateway);
  target.gateway = "https" + target.gateway.substr(4);
  EXPECT_NE(PushInto(target, kDeadline).status, Status::kOk);
  EXPECT_TRUE(loaded());
}

TEST(Push, IsPreparedForTlsBeforeTheFirstPageAndForNothingElse) {
  telemetry::PrepareToPush("http://127.0.0.1:9091");
  telemetry::PrepareToPush("no address");
  telemetry::PrepareToPush("https://127.0.0.1:9091");
  std::ifstream maps("/proc/self/maps");
  const std::string mapped((std::istreambuf_iterator<char>(maps)), {});
  EXPECT_THAT(mapped, HasSubstr("libcurl"));
}

TEST(Push, TriesOnceMoreWhenItIsReset) {
  const FaultGateway gateway(GatewayFault::kReset);
  const PushResult result = PushInto(To(gateway), kAmple);
  EXPECT_EQ(result.status, Status::kGatewayUnreachable);
  EXPECT_EQ(result.tries, 2);
}

TEST(Push, SaysThatNobodyListens) {
  std::string address;
  {
    const FaultGateway gateway;
    address = gateway.address();
  }
  const PushResult result = PushInto({address, "robot-7", "", {}}, kAmple);
  EXPECT_EQ(result.status, Status::kGatewayUnreachable);
  EXPECT_EQ(result.tries, 2);
  EXPECT_EQ(result.http_status, 0);
}

TEST(Push, RefusesAnAnswerThatIsNotHttp) {
  const FaultGateway gateway(GatewayFault::kRubbish);
  EXPECT_EQ(PushInto(To(gateway), kAmple).status, Status::kGatewayRubbish);
}

TEST(Push, RefusesAnEmptyAnswer) {
  const FaultGateway gateway(GatewayFault::kEmpty);
  EXPECT_EQ(PushInto(To(gateway), kAmple).status, Status::kGatewayRubbish);
}

TEST(Push, StopsReadingAnEndlessAnswer) {
  const FaultGateway body(GatewayFault::kHuge);
  EXPECT_EQ(PushInto(To(body), kAmple).status, Status::kGatewayRubbish);
  const FaultGateway headers(GatewayFault::kHeaders);
  EXPECT_EQ(PushInto(To(headers), kAmple).status, Status::kGatewayRubbish);
}

TEST(Push, ReportsARejectionInTheGatewaysWords) {
  const FaultGateway gateway(GatewayFault::kReject);
  const PushResult result = PushInto(To(gateway), kAmple);
  EXPECT_EQ(result.status, Status::kGatewayRejected);
  EXPECT_EQ(result.http_status, 400);
  EXPECT_EQ(result.detail, "pushed metrics are no");
  EXPECT_EQ(result.tries, 1);
}

// A gateway that says yes to a page that it has not read, and keeps its connection.
TEST(Push, TakesNoConsentToAPageThatWasNotRead) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 1), 0);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  int caller = -1;
  std::thread gateway([&] {
    caller = ::accept(listener, nullptr, nullptr);
    const std::string yes = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    EXPECT_EQ(::send(caller, yes.data(), yes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(yes.size()));
  });
  const std::string page(std::size_t{64} << 20U, '#');  // more than any socket holds
  const PushResult result = Push(
      {"http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)), "robot-7", "", {}},
      page, kAmple);
  gateway.join();
  EXPECT_EQ(result.status, Status::kGatewayRubbish) << result.detail;
  ::close(caller);
  ::close(listener);
}

TEST(Push, FollowsNoRedirection) {
  const FaultGateway gateway(GatewayFault::kMoved);
  const PushResult result = PushInto(To(gateway), kAmple);
  EXPECT_EQ(result.status, Status::kGatewayRejected);
  EXPECT_EQ(result.http_status, 302);
}

TEST(Push, TakesABrokenGatewayForARejection) {
  const FaultGateway gateway(GatewayFault::kBroken);
  EXPECT_EQ(PushInto(To(gateway), kAmple).status, Status::kGatewayRejected);
}

TEST(Push, UsesNoProxyOfTheEnvironment) {
  const FaultGateway gateway;
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  EXPECT_EQ(PushInto(To(gateway), kAmple).status, Status::kOk);
  ::unsetenv("http_proxy");
}

TEST(Push, ResolvesANameInAChildAndLeavesNone) {
  const FaultGateway gateway;
  const auto here = [](const std::string&) { return std::string("127.0.0.1"); };
  EXPECT_EQ(PushInto(Named(gateway, here), kAmple).status, Status::kOk);
  EXPECT_EQ(gateway.pushes(), 1U);
}

TEST(Push, AsksTheSystemForALocalName) {
  const FaultGateway gateway;
  const PushTarget target{
      "http://localhost:" + std::to_string(gateway.port()), "robot-7", "", {}};
  EXPECT_EQ(PushInto(target, kAmple).status, Status::kOk);
}

TEST(Push, IsCutOffWhenTheNameIsNotResolved) {
  const FaultGateway gateway;
  const auto hang = [](const std::string&) {
    std::this_thread::sleep_for(std::chrono::seconds(60));
    return std::string("127.0.0.1");
  };
  EXPECT_EQ(PushInto(Named(gateway, hang), kDeadline).status, Status::kDnsTimeout);
  EXPECT_EQ(gateway.connections(), 0U);
}

TEST(Push, SaysThatANameDoesNotResolve) {
  const FaultGateway gateway;
  const auto none = [](const std::string&) { return std::string(); };
  EXPECT_EQ(PushInto(Named(gateway, none), kAmple).status, Status::kDnsFailed);
  const auto rubbish = [](const std::string&) { return std::string(100'000, 'r'); };
  EXPECT_EQ(PushInto(Named(gateway, rubbish), kAmple).status, Status::kDnsFailed);
  const auto dies = [](const std::string&) -> std::string { ::_exit(3); };
  EXPECT_EQ(PushInto(Named(gateway, dies), kAmple).status, Status::kDnsFailed);
}

TEST(Push, TriesEveryAddressOfAName) {
  const FaultGateway gateway;
  const auto two = [](const std::string&) { return std::string("127.0.0.2 127.0.0.1"); };
  EXPECT_EQ(PushInto(Named(gateway, two), kAmple).status, Status::kOk);
}

TEST(Push, RefusesAnAddressItWouldNotCall) {
  for (const char* gateway :
       {"", "gateway", "ftp://127.0.0.1", "http://", "http://user@127.0.0.1",
        "http://127.0.0.1/?a=b", "http://127.0.0.1/#a", "http://127.0.0.1:99999",
        "http://a b/", "file:///etc/passwd"}) {
    EXPECT_EQ(PushInto({gateway, "robot-7", "", {}}, kDeadline).status,
              Status::kAddressRefused)
        << gateway;
  }
  const std::string long_id(65, 'r');
  for (const char* robot :
       {"", ".", "..", "a/b", "a b", "a?b", "a%2fb", long_id.c_str()}) {
    EXPECT_EQ(PushInto({"http://127.0.0.1:1", robot, "", {}}, kDeadline).status,
              Status::kAddressRefused)
        << robot;
  }
}

TEST(FaultGateway, ServesManyAtOnceAndStopsWithHangingClients) {
  FaultGateway gateway(GatewayFault::kHang);
  ASSERT_TRUE(gateway.ok());
  EXPECT_EQ(Push(To(gateway), "a 1\n", Milliseconds(50)).status, Status::kGatewayTimeout);
  gateway.set_fault(GatewayFault::kNone);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(Push(To(gateway), "a 1\n", kAmple).status, Status::kOk);
  }
  EXPECT_EQ(gateway.pushes(), 100U);
  EXPECT_EQ(gateway.pages().size(), FaultGateway::kMostKept);
}

}  // namespace
}  // namespace torpor::simulate
