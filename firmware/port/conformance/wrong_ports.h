// Ports that are each wrong in one way in which a porter may be: the suite must find out
// every one of them, or it has gone blind.
#pragma once

#include <array>
#include <ostream>
#include <string_view>

namespace torpor::firmware::conformance {

struct WrongPort {
  std::string_view name;
  std::string_view found_by;  // the check
  std::string_view what;
};

inline void PrintTo(const WrongPort& port, std::ostream* out) { *out << port.name; }

inline constexpr std::array kWrongPorts = {
    WrongPort{"CountsTicks", "Now.TellsMicrosecondsApart", "time in ticks of 10 ms"},
    WrongPort{"Wraps", "Now.NeverGoesBack", "a 16-bit counter, not extended"},
    WrongPort{"WaitsATick", "SleepUntil.ReturnsAtOnceWhenTheDeadlineHasPassed",
              "a sleep lasts a tick at least"},
    WrongPort{"WakesLate", "SleepUntil.WakesAtItsDeadlineWhenIdle",
              "10 ms to come up from the deepest sleep"},
    WrongPort{"WakesLate", "SleepUntil.WakesAtItsDeadlineWhenAReplyIsAwaited",
              "the same, whatever is awaited"},
    WrongPort{"Polls", "SleepUntil.SleepsUntilThen", "no sleep at all"},
    WrongPort{"Ticks", "SleepUntil.IsIdle", "woken by a periodic timer"},
    WrongPort{"IsDeaf", "SleepUntil.WakesForBytesOnTheLink",
              "the link's interrupt does not wake it"},
    WrongPort{"IsDeafToRoom", "SleepUntil.WakesForRoomOnTheLink",
              "its transmitter's interrupt does not"},
    WrongPort{"MakesUpBytes", "LinkRead.HasNothingWhenNothingCame",
              "an empty receiver is read once"},
    WrongPort{"SwapsBytes", "LinkRead.GivesBytesInTheirOrder",
              "a receive buffer that goes round the wrong way"},
    WrongPort{"KeepsOnePacket", "LinkRead.KeepsTwoPacketsBetweenTwoCalls",
              "a receive buffer of 512 bytes"},
    WrongPort{"DropsWhatIsTooMuch", "LinkWrite.HasRoomAgainWhenSleepUntilReturns",
              "what the transmitter does not take is lost"},
    WrongPort{"MistakesHertz", "ImuPrepare.TakesWhatTheBoardHas",
              "millihertz taken for hertz"},
    WrongPort{"TakesAnything", "ImuPrepare.RefusesWhatItHasNot",
              "the sensor's rate is not compared"},
    WrongPort{"StaysRefused", "ImuPrepare.RefusesWhatItHasNot",
              "after one refusal it refuses all"},
    WrongPort{"BeginsNothing", "ImuStart.BeginsAWindow", "the sensor stays off"},
    WrongPort{"HasAll", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "its samples are older than the window"},
    WrongPort{"IsNeverReady", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "one frame is missing, always"},
    WrongPort{"CountsBytes", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "bytes for values"},
    WrongPort{"CountsFrames", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "frames for values"},
    WrongPort{"WritesBehind", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "the FIFO is emptied, whatever room there is"},
    WrongPort{"ReadsZeros", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "a dead bus"},
    WrongPort{"LacksAnAxis", "ImuRead.HasTheWholeWindowAtItsEndAndNotBefore",
              "an axis that is not switched on"},
    WrongPort{"RepeatsItself", "ImuRead.HasOtherSamplesInEachWindow",
              "the buffer of the first window"},
    WrongPort{"GoesOnSampling", "ImuStop.GivesAWindowUp", "the sensor stays on"},
    WrongPort{"StartsOnce", "ImuStop.GivesAWindowUp",
              "no second window after one that was given up"},
    WrongPort{"TurnsBackwards", "ShaftSpeedMillirpm.IsASpeedOrUnknown",
              "a negative speed"},
    WrongPort{"AwaitsAPulse", "ShaftSpeedMillirpm.IsASpeedOrUnknown",
              "measures when it is asked"},
    WrongPort{"HasTwoSectors", "Flash.IsLargeEnoughInUnitsThatFit", "too small"},
    WrongPort{"ErasesHalf", "FlashErase.SetsAllBitsOfItsSectorAndNoOther",
              "a sector is two of the chip's"},
    WrongPort{"ErasesTwo", "FlashErase.SetsAllBitsOfItsSectorAndNoOther",
              "a sector is half of the chip's"},
    WrongPort{"ErasesSlowly", "FlashErase.TakesSome100msAtMost", "150 ms"},
    WrongPort{"ErasesAnything", "FlashErase.RefusesASectorOutside", "no bounds"},
    WrongPort{"ProgramsLater", "FlashProgram.WritesWhatIsReadThen",
              "it does not wait for the chip"},
    WrongPort{"WrapsInItsPage", "FlashProgram.WritesOverTheEndOfAPage",
              "pages of 256 bytes, as serial flash has them"},
    WrongPort{"SetsBits", "FlashProgram.SetsNoBit",
              "it erases by itself what it overwrites"},
    WrongPort{"FillsUp", "FlashProgram.RefusesHalfAGranule", "it completes the granule"},
    WrongPort{"ProgramsAnything", "FlashProgram.RefusesWhatIsOutside",
              "what is outside is taken and lost"},
    WrongPort{"ReadsWords", "FlashRead.GivesAnyBytesAndNoMore",
              "the address goes down to a whole word"},
    WrongPort{"Overflows", "FlashRead.ReadsToTheLastByteAndNotBehind",
              "address + size is below the end, in 32 bits"},
    WrongPort{"ReadsShort", "FlashRead.ReadsToTheLastByteAndNotBehind",
              "less than the end, where it may be equal"},
    WrongPort{"HasNoDigest", "ProgramDigest.IsTheSameTwice", "zeros"},
    WrongPort{"DigestsItsData", "ProgramDigest.IsTheSameTwice",
              "its variables are in it"},
    WrongPort{"AwaitsItsWindow", "WatchdogKick.ReturnsAtOnce",
              "a watchdog that may not be kicked early"},
    WrongPort{"AwaitsItsReader", "Console.NeverWaitsForAReader",
              "a transmitter that is waited for"},
};

}  // namespace torpor::firmware::conformance
