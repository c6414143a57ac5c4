#include "simulate/quantiser.h"

#include <gtest/gtest.h>

namespace torpor::simulate {
namespace {

TEST(Quantiser, AConverterOfTwelveBitsSetsTheHighBits) {
  contract::Sensor sensor;
  sensor.full_scale_milli_g = 2000;
  sensor.bits = 12;
  const Quantiser quantise(sensor);
  EXPECT_EQ(quantise(0.5), 8192);
  EXPECT_EQ(quantise(0.0004), 0) << "half a code of 0.98 mg is not reached";
  EXPECT_EQ(quantise(0.0006), 16);
  EXPECT_EQ(quantise(5), 32767 - 15);
  EXPECT_EQ(quantise(-5), -32768);
  sensor.bits = 24;
  EXPECT_EQ(Quantiser(sensor)(5), 32767) << "a sample travels as int16 all the same";
}

}  // namespace
}  // namespace torpor::simulate
