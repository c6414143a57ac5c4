// The rows of what a microcontroller's board does: windows without a batch, recordings
// that stand in for its sensor, and flash.
#pragma once

#include <array>

#include "core/status_table.h"

namespace torpor::status_rows {

using enum Status;

inline constexpr std::array kSensor = {
    StatusInfo{kNothingNew, 75, "nothing-new", "there is no new batch", "none"},
    StatusInfo{kBatchStale, 75, "batch-stale",
               "the batch is older than the contract allows", "none: it was dropped"},
    StatusInfo{kBatchIncomplete, 75, "batch-incomplete", "a batch did not arrive whole",
               "if it repeats, check the link"},
    StatusInfo{kSensorDead, 75, "sensor-dead", "an axis is constant or frozen",
               "check the accelerometer"},
    StatusInfo{kSensorClipped, 75, "sensor-clipped", "an axis is pressed against a limit",
               "check the mounting, or use a larger range"},
    StatusInfo{kSensorOffset, 75, "sensor-offset",
               "an axis has drifted to a large constant", "check the accelerometer"},
    StatusInfo{kNotANumber, 75, "not-a-number", "a value is not a finite number",
               "check the source of the data"},
    StatusInfo{kStandstill, 75, "standstill", "the robot stands still", "none"},
    StatusInfo{kBatchShape, 75, "batch-shape",
               "a batch has another shape than the contract says",
               "deploy the same contract to both sides"},
    StatusInfo{kCommissioning, 75, "commissioning",
               "the robot is still learning its own baseline",
               "wait for commissioning to end"},
    StatusInfo{kNotSteady, 75, "not-steady",
               "the machine changed too much while it was to teach its normal",
               "none: it begins anew; if it repeats, look at the machine"},
    StatusInfo{kSickWhenNew, 75, "sick-when-new",
               "the machine does not sound like a healthy one of its fleet",
               "look at the bearing and the sensor's mounting; it begins anew"},
    StatusInfo{kAccelerating, 75, "accelerating", "the shaft changes its speed", "none"},
    StatusInfo{kSpeedUnfamiliar, 75, "speed-unfamiliar",
               "the machine runs at more speeds than it can have learned",
               "none; if it repeats, make the speeds fewer"},

    StatusInfo{kRecordingMissing, 66, "recording-missing", "there is no such recording",
               "check --data and the recording's id"},
    StatusInfo{kRecordingNotAudio, 65, "recording-not-audio",
               "the recording's file is not of a format that is read",
               "it must be FLAC, WAV, CSV or MAT"},
    StatusInfo{kRecordingRate, 65, "recording-rate", "the recording has another rate",
               "choose a contract of the recording's rate; nothing is resampled"},
    StatusInfo{kRecordingAxes, 65, "recording-axes",
               "the recording has another number of axes",
               "choose a contract of that many axes; none is invented"},
    StatusInfo{kRecordingUnit, 65, "recording-unit",
               "the recording's unit cannot be turned into g",
               "correct its manifest entry"},
    StatusInfo{kManifestMalformed, 65, "manifest-malformed",
               "the manifest is not in its form", "compare it with docs/recordings.md"},
    StatusInfo{kRecordingTooShort, 65, "recording-too-short",
               "the recording is shorter than one batch", "choose a longer recording"},
    StatusInfo{kRecordingTruncated, 65, "recording-truncated",
               "the recording ends before its end", "fetch the file again"},
};

inline constexpr std::array kFlash = {
    StatusInfo{kFlashIo, 74, "flash-io", "the flash cannot be read or written",
               "replace the board"},
    StatusInfo{kFlashMalformed, 74, "flash-malformed",
               "the flash does not hold what it should", "provision the board again"},
};

}  // namespace torpor::status_rows
