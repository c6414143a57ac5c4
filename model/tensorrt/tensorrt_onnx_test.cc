#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <iostream>

#include "core/hex.h"
#include "core/test_folder.h"
#include "model/network_file.h"
#include "model/tensorrt/onnx_beside.h"
#include "model/test_network.h"
#ifdef TORPOR_ONNX
#include "model/onnx/export.h"
#endif

namespace torpor::model::tensorrt {
namespace {

using testing::HasSubstr;

Digest SomeDigest() {
  Digest digest{};
  digest[0] = std::byte{0xAB};
  digest[31] = std::byte{0x01};
  return digest;
}

std::string About(const Digest& digest) {
  std::string hex(2 * digest.size(), '0');
  WriteHex(digest, hex);
  return "torpor network " + hex;
}

// One field of a protobuf message, with a length below 128.
std::string Text(int number, const std::string& text) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(text.size())} +
         text;
}

std::string Onnx(const std::string& about) {
  return std::string("\x08\x07", 2) + Text(2, "torpor") + Text(6, about) +
         Text(7, "the graph") + Text(8, "an opset");
}

bool Is(const std::string& file, const Digest& digest) {
  return IsOnnxOf(AsBytes(file), digest);
}

TEST(OnnxBeside, IsNamedAfterTheModelAndItsAxes) {
  EXPECT_EQ(OnnxPath("/models/torpor.model", 3), "/models/torpor.3axes.onnx");
  EXPECT_EQ(OnnxPath("fleet", 2), "fleet.2axes.onnx");
}

TEST(OnnxBeside, IsKnownByTheDigestOfTheModelItWasMadeFrom) {
  const Digest digest = SomeDigest();
  EXPECT_TRUE(Is(Onnx(About(digest)), digest));
  EXPECT_FALSE(Is(Onnx(About(digest)), Digest{}));
  EXPECT_FALSE(Is(Onnx(About(digest) + " and more"), digest));
  EXPECT_FALSE(Is(Onnx(""), digest));
  EXPECT_FALSE(Is(Text(2, About(digest)), digest)) << "another field says so";
  EXPECT_FALSE(Is(Onnx(About(digest)) + Text(6, "no more"), digest)) << "the last counts";
  EXPECT_FALSE(Is("", digest));
}

TEST(OnnxBeside, RubbishIsNoModelsFile) {
  const Digest digest = SomeDigest();
  const std::string about = About(digest);
  // A length beyond the end, a group, and numbers that never end.
  EXPECT_FALSE(Is(std::string("\x12\x7F", 2) + Text(6, about), digest));
  EXPECT_FALSE(Is("\x0B" + Text(6, about), digest));
  EXPECT_FALSE(Is(std::string(40, '\xFF') + Text(6, about), digest));
  EXPECT_FALSE(Is(std::string(5, '\x0A') + "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01" +
                      Text(6, about),
                  digest));
  const std::string whole = Onnx(about);
  const std::size_t end = whole.find(about) + about.size();
  for (std::size_t size = 0; size < end; ++size) {
    EXPECT_FALSE(Is(whole.substr(0, size), digest)) << size;
  }
}

TEST(OnnxBeside, AMissingFileAndAnotherModelsAreRefusedByName) {
  const TestFolder folder;
  const std::string model = (folder / "torpor.model").string();
  std::string what;
  EXPECT_EQ(ReadOnnxBeside(model, 2, SomeDigest(), what).status(),
            Status::kOnnxOfAnotherModel);
  EXPECT_THAT(what, HasSubstr("torpor.2axes.onnx is not there"));

  folder.Write("torpor.2axes.onnx", Onnx(About(Digest{})));
  EXPECT_EQ(ReadOnnxBeside(model, 2, SomeDigest(), what).status(),
            Status::kOnnxOfAnotherModel);
  EXPECT_THAT(what, HasSubstr("torpor.2axes.onnx is another model's"));

  folder.Write("torpor.2axes.onnx", Onnx(About(SomeDigest())));
  EXPECT_TRUE(ReadOnnxBeside(model, 2, SomeDigest(), what).ok());
  std::filesystem::resize_file(folder / "torpor.2axes.onnx", kMaxOnnxBytes + 1);
  EXPECT_EQ(ReadOnnxBeside(model, 2, SomeDigest(), what).status(), Status::kFileTooLarge);
}

TEST(OnnxBeside, WhatTorporExportsIsKnownByItsModel) {
#ifdef TORPOR_ONNX
  for (const Precision precision : {Precision::kFloat, Precision::kInt8}) {
    const auto bytes = EncodeNetwork(RandomNetwork(kTestShape, precision));
    const NetworkView view = *ParseNetwork(bytes);
    const auto file = onnx::EncodeOnnx(view, 32);
    ASSERT_TRUE(file.ok());
    EXPECT_TRUE(Is(*file, view.digest));
    EXPECT_FALSE(Is(*file, SomeDigest()));
  }
#else
  std::cerr << "NOT RUN: torpor is built without libonnx-dev, so no ONNX file was made\n";
#endif
}

}  // namespace
}  // namespace torpor::model::tensorrt
