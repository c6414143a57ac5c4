// Texas Instruments' INA3221, which measures three supply rails; the Jetsons carry one or
// two. Read through the kernel's driver: files only, and no transfer of our own on the
// bus.
#pragma once

#include <memory>

#include "power/meter.h"
#include "power/sys_tree.h"

namespace torpor::power {

// Finds every rail of every INA3221 by its label, wherever the kernel put it: the hwmon
// layout of JetPack 5, 6 and 7, else the iio layout before them. Skipped: channels
// without a label, those whose label holds "NC" (not connected), and in7, the sum of
// shunt voltages. VDD_IN and POM_5V_IN carry the whole machine. Nothing where there is no
// such rail. `tree` outlives the meter.
//
// A reading is mV x mA = uW. No reading: beyond 32.76 V or 100 A, or a current below
// -50 mA; one between that and 0 is the chip's own offset, and taken for 0.
// Sources: Linux Documentation/hwmon/ina3221.rst and drivers/hwmon/ina3221.c; INA3221
// data sheet SBOS576, 7.5 (offset at most 80 uV, which is 16 mA in a shunt of 5 mOhm).
std::unique_ptr<Meter> FindIna3221(const SysTree& tree);

}  // namespace torpor::power
