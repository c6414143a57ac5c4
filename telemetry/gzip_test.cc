#include "telemetry/gzip.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "telemetry/metric_set.h"
#include "telemetry/push.h"
#include "telemetry/test_gunzip.h"

namespace {

enum class Failing : std::uint8_t { kNothing, kBegin, kWork };
Failing failing = Failing::kNothing;

template <class Function>
Function Real(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

// In place of zlib's own, which are found behind these.
extern "C" int deflateInit2_(z_streamp stream, int level, int method, int window,
                             int memory, int strategy, const char* version, int size) {
  if (failing == Failing::kBegin) return Z_MEM_ERROR;
  return Real<decltype(&deflateInit2_)>("deflateInit2_")(stream, level, method, window,
                                                         memory, strategy, version, size);
}
extern "C" int deflate(z_streamp stream, int flush) {
  if (failing == Failing::kWork) return Z_STREAM_ERROR;
  return Real<decltype(&deflate)>("deflate")(stream, flush);
}

namespace torpor::telemetry {
namespace {

using ::testing::HasSubstr;

std::string GoldenPage() {
  std::ifstream file(TORPOR_SOURCE_DIR "/telemetry/testdata/metrics.golden.txt");
  return {std::istreambuf_iterator<char>(file), {}};
}

class GzipTest : public testing::Test {
 protected:
  ~GzipTest() override { failing = Failing::kNothing; }
};

TEST_F(GzipTest, GivesThePageBackToTheByteAndTheSameBytesEachTime) {
  const std::string page = GoldenPage();
  const auto packed = Gzip(page);
  ASSERT_TRUE(packed.ok());
  EXPECT_EQ(Gunzip(*packed), page);
  EXPECT_EQ(*packed, *Gzip(page));
}

// docs/sinks.md has the number.
TEST_F(GzipTest, MakesAPageLessThanAThirdAsLong) {
  const std::string page = GoldenPage();
  const std::size_t packed = Gzip(page)->size();
  EXPECT_LT(packed, page.size() / 3);
  std::cout << page.size() << " bytes are " << packed << "\n";
}

TEST_F(GzipTest, TakesWhatIsEmptyLongOrWithoutAnyOrder) {
  std::string noise(300'000, '\0');
  std::uint32_t state = 1;
  for (char& c : noise) {
    state = state * 1'664'525U + 1'013'904'223U;
    c = static_cast<char>(state >> 24U);
  }
  for (const std::string& text : {std::string(), noise, std::string(300'000, 'a')}) {
    const auto packed = Gzip(text);
    ASSERT_TRUE(packed.ok());
    EXPECT_EQ(Gunzip(*packed), text);
  }
}

// Nothing goes out in another form than the one that was asked for.
TEST_F(GzipTest, WithoutMemoryIsAPageThatWasNotSent) {
  for (const Failing how : {Failing::kBegin, Failing::kWork}) {
    failing = how;
    EXPECT_EQ(Gzip(GoldenPage()).status(), Status::kOs);
    PushTarget target{"http://127.0.0.1:1", "one", "", {}};
    target.gzip = true;
    const PushResult result = Push(target, GoldenPage(), Milliseconds{20'000});
    EXPECT_EQ(result.status, Status::kOs);
    EXPECT_EQ(result.tries, 0);
    EXPECT_THAT(result.detail, HasSubstr("compressed"));
    EXPECT_EQ(PushFailureOf(result.status), PushFailure::kLocal);
  }
}

}  // namespace
}  // namespace torpor::telemetry
