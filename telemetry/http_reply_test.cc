#include "telemetry/http_reply.h"

#include <gtest/gtest.h>

#include <string>

#include "telemetry/gateway_address.h"

namespace torpor::telemetry {
namespace {

using Heard = HttpReply::Heard;

// However a reply is cut in two, and byte by byte, it says the same. `ended`: only the
// end of the connection makes it whole.
void ExpectWhole(const std::string& text, long status, const std::string& body,
                 bool ended = false) {
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    HttpReply reply;
    Heard heard = reply.Take(text.substr(0, cut));
    if (heard == Heard::kMore) heard = reply.Take(text.substr(cut));
    if (ended) {
      ASSERT_EQ(heard, Heard::kMore) << text;
      heard = reply.End();
    }
    ASSERT_EQ(heard, Heard::kWhole) << cut << ": " << text;
    EXPECT_EQ(reply.http_status(), status) << text;
    EXPECT_EQ(reply.body(), body) << text;
  }
  HttpReply slow;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    ASSERT_EQ(slow.Take(text.substr(i, 1)), Heard::kMore) << i << ": " << text;
  }
}

TEST(HttpReply, EndsWhereItsLengthSaysOrItsLastChunkOrItsConnection) {
  ExpectWhole("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "");
  ExpectWhole("HTTP/1.1 400 Bad\r\ncontent-LENGTH:  3 \r\nA: b\r\n\r\nbad", 400, "bad");
  ExpectWhole("HTTP/1.0 200\r\n\r\nall of it", 200, "all of it", true);
  ExpectWhole("HTTP/1.1 202 Accepted\r\n\r\n", 202, "", true);
}

TEST(HttpReply, HasNoBodyWhereThereIsNoContent) {
  HttpReply reply;
  EXPECT_EQ(reply.Take("HTTP/1.1 204 No Content\r\nA: b\r\n\r\n"), Heard::kWhole);
  EXPECT_EQ(reply.http_status(), 204);
}

TEST(HttpReply, PutsChunksTogether) {
  HttpReply reply;
  const std::string text =
      "HTTP/1.1 500 Oh\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nout\r\n4;x=y\r\n of \r\n3\r\nlog\r\n0\r\n\r\n";
  EXPECT_EQ(reply.Take(text), Heard::kWhole);
  EXPECT_EQ(reply.body(), "out of log");
  for (const char* bad : {"x\r\nout\r\n", "3\r\nouter\r\n", "fffffffff\r\n", "\r\n"}) {
    HttpReply other;
    EXPECT_EQ(other.Take("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" +
                         std::string(bad)),
              Heard::kRubbish)
        << bad;
  }
}

TEST(HttpReply, WhatOnlyAnnouncesTheAnswerIsNotTheAnswer) {
  HttpReply reply;
  EXPECT_EQ(reply.Take("HTTP/1.1 100 Continue\r\nContent-Length: 9\r\n\r\n"),
            Heard::kMore);
  EXPECT_EQ(reply.Take("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), Heard::kWhole);
  EXPECT_EQ(reply.http_status(), 200);
  EXPECT_EQ(reply.body(), "ok");
}

TEST(HttpReply, RubbishIsKnownAsSoonAsItCanBe) {
  for (const char* bad :
       {"x", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "\r\n\r\n"}) {
    HttpReply reply;
    EXPECT_EQ(reply.Take(bad), Heard::kRubbish) << bad;
  }
}

TEST(HttpReply, WhoSaysLessThanItPromisedHasSaidRubbish) {
  HttpReply empty;
  EXPECT_EQ(empty.End(), Heard::kRubbish);
  HttpReply head;
  EXPECT_EQ(head.Take("HTTP/1.1 200 OK\r\n"), Heard::kMore);
  EXPECT_EQ(head.End(), Heard::kRubbish);
  HttpReply body;
  EXPECT_EQ(body.Take("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab"), Heard::kMore);
  EXPECT_EQ(body.End(), Heard::kRubbish);
}

TEST(HttpReply, AnEndlessOneIsCutOff) {
  HttpReply reply;
  Heard heard = reply.Take("HTTP/1.1 200 OK\r\n\r\n");
  std::size_t taken = 0;
  while (heard == Heard::kMore && taken < 2 * HttpReply::kLongest) {
    heard = reply.Take(std::string(1000, 'x'));
    taken += 1000;
  }
  EXPECT_EQ(heard, Heard::kRubbish);
  EXPECT_LE(taken, HttpReply::kLongest + 1000);
}

TEST(ServerAddress, IsTakenApartAsItWasWritten) {
  const auto plain = ParseGateway("http://10.0.0.7", "r-1");
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->host, "10.0.0.7");
  EXPECT_EQ(plain->port, "80");
  EXPECT_EQ(plain->path, "/metrics/job/torpor/instance/r-1");
  const auto full = ParseGateway("https://[fd00::7]:9091/site/", "r-1");
  ASSERT_TRUE(full.has_value());
  EXPECT_TRUE(full->secure);
  EXPECT_EQ(full->host, "fd00::7");
  EXPECT_EQ(full->port, "9091");
  EXPECT_EQ(full->url(), "https://[fd00::7]:9091/site/metrics/job/torpor/instance/r-1");
  for (const char* bad :
       {"http://[fd00::7", "http://[fe80::1%25eth0]", "http://a:", "http://a:0",
        "http://a:1x", "http://:1", "http://a\r\nb", "HTTP://", "http://[]"}) {
    EXPECT_FALSE(ParseGateway(bad, "r-1").has_value()) << bad;
    EXPECT_FALSE(ParseHttp(bad).has_value()) << bad;
  }
  EXPECT_EQ(ParseHttp("http://10.0.0.7")->path, "/");
  EXPECT_EQ(ParseHttp("https://a.example/hook/")->url(), "https://a.example/hook/");
}

}  // namespace
}  // namespace torpor::telemetry
