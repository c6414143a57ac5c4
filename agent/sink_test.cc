#include "agent/sink.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "core/test_folder.h"

namespace torpor::agent {
namespace {

constexpr const char* kSecure = "https://127.0.0.1:1";

class Sink : public testing::Test {
 protected:
  std::string File(const std::string& name, const std::string& text,
                   ::mode_t mode = 0600) const {
    folder_.Write(name, text);
    ::chmod((folder_ / name).c_str(), mode);
    return folder_ / name;
  }
  std::string Pem(const std::string& name, const std::string& what,
                  ::mode_t mode = 0600) const {
    return File(name, "-----BEGIN " + what + "-----\n", mode);
  }
  [[nodiscard]] Status Refused() const {
    const auto refusal = RefuseSink(sink_);
    return refusal ? refusal->status : Status::kOk;
  }
  [[nodiscard]] telemetry::PushResult Send() const {
    return SendPage(sink_, kSecure, "r-17", {}, Milliseconds{20'000});
  }

  SinkOptions sink_;
  TestFolder folder_;
};

TEST_F(Sink, NeedsNoOptions) {
  EXPECT_EQ(Refused(), Status::kOk);
  EXPECT_FALSE(RefuseGateway(sink_, "http://10.0.0.7").has_value());
}

TEST_F(Sink, LooksAtItsAuthoritiesAtTheStart) {
  sink_.ca = folder_ / "nobody.pem";
  EXPECT_EQ(Refused(), Status::kSinkSecret);
  sink_.ca = File("text.pem", "no certificate");
  EXPECT_EQ(Refused(), Status::kSinkSecret);
  sink_.ca = Pem("ca.pem", "CERTIFICATE", 0644);
  EXPECT_EQ(Refused(), Status::kOk) << "it is no secret";
}

TEST_F(Sink, RefusesOptionsThatDoNotGoTogether) {
  sink_.certificate = Pem("robot.pem", "CERTIFICATE");
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.key = Pem("robot.key", "PRIVATE KEY");
  EXPECT_EQ(Refused(), Status::kOk);
  sink_.user = "amr-17";
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.password = File("password", "warehouse-7");
  EXPECT_EQ(Refused(), Status::kOk);
  sink_.token = File("token", "t0ken");
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.user = "";
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.password = "";
  EXPECT_EQ(Refused(), Status::kOk);
  for (const char* user : {"amr:17", "amr 17", "amr\n"}) {
    sink_ = {};
    sink_.user = user;
    sink_.password = folder_ / "password";
    EXPECT_EQ(Refused(), Status::kSinkOptions) << user;
  }
}

TEST_F(Sink, RefusesATextfileThatCallsAGatewayOrHasNoFolder) {
  sink_.kind = SinkKind::kTextfile;
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.folder = folder_.path();
  EXPECT_EQ(Refused(), Status::kOk);
  sink_.ca = Pem("ca.pem", "CERTIFICATE");
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.ca = "";
  sink_.token = File("token", "t0ken");
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.token = "";
  sink_.gzip = true;
  EXPECT_EQ(Refused(), Status::kSinkOptions);
  sink_.gzip = false;
  EXPECT_EQ(Refused(), Status::kOk);
  sink_.kind = SinkKind::kVictoriaMetrics;
  EXPECT_EQ(Refused(), Status::kSinkOptions);
}

TEST_F(Sink, RefusesSecretsThatOthersMayReadByTheNameOfTheFile) {
  for (const ::mode_t mode : {0640U, 0604U, 0660U}) {
    sink_ = {};
    sink_.token = File("token", "t0ken\n", mode);
    auto refusal = RefuseSink(sink_);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, Status::kKeyFileExposed);
    EXPECT_EQ(refusal->where, sink_.token);
    sink_ = {};
    sink_.certificate = Pem("robot.pem", "CERTIFICATE", 0644);  // everybody may
    sink_.key = Pem("robot.key", "PRIVATE KEY", mode);
    refusal = RefuseSink(sink_);
    ASSERT_TRUE(refusal.has_value());
    EXPECT_EQ(refusal->status, Status::kKeyFileExposed);
    EXPECT_EQ(refusal->where, sink_.key);
  }
}

TEST_F(Sink, RefusesSecretsOfAnotherForm) {
  for (const char* text : {"", "\n", "two words\n", "two\nlines\n", "bell\a\n"}) {
    sink_ = {};
    sink_.token = File("token", text);
    EXPECT_EQ(Refused(), Status::kSinkSecret) << text;
  }
  sink_.token = folder_ / "missing";
  EXPECT_EQ(Refused(), Status::kSinkSecret);
  sink_ = {};
  sink_.certificate = Pem("robot.pem", "CERTIFICATE");
  for (const char* key : {"", "no key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\n",
                          "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"}) {
    sink_.key = File("robot.key", key);
    EXPECT_EQ(Refused(), Status::kSinkSecret) << key;
  }
}

TEST_F(Sink, RefusesAGatewayThatWouldHearASecretInClear) {
  sink_.token = File("token", "t0ken\n");
  EXPECT_FALSE(RefuseGateway(sink_, kSecure).has_value());
  const auto refusal = RefuseGateway(sink_, "http://127.0.0.1:1");
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->status, Status::kSinkSecretInClear);
  EXPECT_EQ(refusal->where, "http://127.0.0.1:1");
}

// What has become unusable since the start is a page that was not sent, with its reason;
// what was mended is sent again.
TEST_F(Sink, ReadsItsSecretsAnewForEachPage) {
  sink_.token = File("token", "t0ken\n");
  EXPECT_EQ(Send().status, Status::kGatewayUnreachable);  // nobody is there
  ::chmod(sink_.token.c_str(), 0644);
  telemetry::PushResult result = Send();
  EXPECT_EQ(result.status, Status::kKeyFileExposed);
  EXPECT_EQ(result.detail, sink_.token);
  EXPECT_EQ(result.tries, 0);
  std::filesystem::remove(sink_.token);
  EXPECT_EQ(Send().status, Status::kSinkSecret);
  File("token", "another\n");
  EXPECT_EQ(Send().status, Status::kGatewayUnreachable);
}

}  // namespace
}  // namespace torpor::agent
