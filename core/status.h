// Every way in which torpor can say no, with a number that never changes.
//
// The number reaches journals, metric labels, JSON lines and the wire: add, never
// renumber. What each one is called, which exit code it becomes and what to do about it
// is in core/status_table.h; docs/reasons.md shows each with the test that provokes it.
#pragma once

#include <cstdint>

namespace torpor {

enum class Status : std::uint16_t {
  kOk = 0,

  // Programs and files
  kUsage = 1,
  kInternal = 2,
  kOs = 3,
  kIo = 4,
  kFileMissing = 5,
  kFileTooLarge = 6,
  kKeyFileExposed = 7,
  kFileExists = 8,

  // Bundle: the envelope, before and at the signature
  kBundleMissing = 100,
  kBundleEmpty = 101,
  kBundleTruncated = 102,
  kBundleTooLarge = 103,
  kBundleTrailing = 104,
  kEnvelopeMalformed = 105,
  kWrongPayloadType = 106,
  kUnknownKey = 107,
  kKeyIdMismatch = 108,
  kBadSignature = 109,
  kDuplicateSignature = 110,
  kWeakKey = 111,
  kKeyringEmpty = 112,
  kKeyMalformed = 113,
  kKeyringFull = 114,
  kKeyringTooOld = 115,
  kKeyringFixed = 116,
  kKeyringSkips = 117,
  kTooFewSignatures = 118,
  kKeyringMixed = 119,

  // Payload: correctly signed bytes that are still not one canonical contract
  kPayloadMalformed = 120,
  kNotCanonical = 121,
  kDuplicateField = 122,
  kUnknownField = 123,
  kFieldOrder = 124,
  kOverlongVarint = 125,
  kDefaultValue = 126,
  kWrongWireType = 127,
  kFieldMissing = 128,
  kFieldTooLong = 129,
  kKeyWithTwoRoles = 130,
  kKeyOrder = 131,

  // Terms that cannot be kept (the lint; the same code signs, boots the robot and the
  // firmware)
  kOutOfRange = 140,
  kMcuTimeline = 141,
  kComputerTimeline = 142,
  kResultTooLate = 143,
  kSampleCount = 144,
  kBatchTooLarge = 145,
  kLinkTooSlow = 146,
  kOverCycleBudget = 147,
  kOverHourBudget = 148,
  kBatchAgeLimit = 149,
  kValidityOrder = 150,
  kHelloTooLong = 151,
  kTargetsWrong = 152,
  kBenchOnly = 153,
  kAlarmRule = 154,
  kSensorOrder = 155,
  kAddressRefused = 156,
  kWireBytes = 157,
  kLeaseTooLong = 158,
  kOutlastsLease = 159,
  kRefusalOverBudget = 160,
  kCalibrationsWrong = 161,

  // Acceptance by this robot, now
  kNotForThisRobot = 170,
  kRolledBack = 171,
  kReplayed = 172,
  kFastForward = 173,
  kExpired = 174,
  kNotYetValid = 175,
  kSignerDropped = 176,

  // The human source (TOML)
  kTomlSyntax = 180,
  kTomlUnknownKey = 181,
  kTomlUnit = 182,
  kTomlType = 183,
  kTomlMissingKey = 184,
  kTomlUnknownBase = 185,

  // Link and pairing
  kLinkDown = 200,
  kLinkVanished = 201,
  kPacketCorrupt = 202,
  kProtocolVersion = 204,
  kBadMac = 205,
  kStaleNonce = 206,
  kPeerRefused = 207,
  kPairingMissing = 208,
  kLinkTimeout = 209,
  kUnexpectedMessage = 210,

  // Agreement
  kContractDiffers = 220,
  kFloorDiffers = 221,
  kBatchOfAnotherContract = 223,
  kKeyringDiffers = 224,

  // One contract takes over from another
  kTakeOverUnderWay = 230,
  kRevertedBefore = 231,
  kTrialOver = 232,
  kLeaseOver = 233,
  kTermsChanged = 234,

  // Batches and what a sensor may do to them: the reasons of drops and abstentions
  kNothingNew = 300,
  kBatchStale = 301,
  kBatchIncomplete = 302,
  kSensorDead = 303,
  kSensorClipped = 304,
  kSensorOffset = 305,
  kNotANumber = 306,
  kStandstill = 307,
  kBatchShape = 309,
  kCommissioning = 310,
  kNotSteady = 311,
  kSickWhenNew = 312,
  kAccelerating = 313,
  kSpeedUnfamiliar = 314,

  // Recordings
  kRecordingMissing = 330,
  kRecordingNotAudio = 331,
  kRecordingRate = 332,
  kRecordingAxes = 333,
  kRecordingUnit = 334,
  kManifestMalformed = 335,
  kRecordingTooShort = 336,
  kRecordingTruncated = 337,

  // Faults that torpor simulate plays
  kIncidentUnnamed = 340,
  kIncidentMisnamed = 341,
  kFleetScript = 342,

  // Baseline and model files
  kBaselineMissing = 360,
  kBaselineMalformed = 361,
  kBaselineMismatch = 362,
  kTooFewRecordings = 363,
  kModelMissing = 364,
  kModelMalformed = 365,
  kModelDigest = 366,
  kModelMismatch = 367,
  kModelVersion = 368,
  kOnnxMalformed = 370,
  kOnnxOperator = 371,
  kOnnxExternalData = 372,
  kOnnxDynamicShape = 373,
  kOnnxQuantizer = 374,
  kOnnxNotBuilt = 375,
  kNotTrainedOn = 376,
  kCheckpointMalformed = 380,
  kCheckpointMismatch = 381,
  kTrainingDiverged = 382,
  kCardMismatch = 383,

  // Deviations: the contract said one thing and the measurement another
  kCollectLate = 400,
  kInferLate = 401,
  kReleaseLate = 402,
  kJudgeLate = 403,
  kReportLate = 404,
  kWokeLate = 405,
  kLeaseRevoked = 406,
  kTooManyWakeups = 407,
  kCycleOverBudget = 408,
  kIntervalTooShort = 409,
  kWatchdogFired = 410,
  kCycleMissed = 411,
  kClockStepped = 412,

  // The accelerator's process; 425 to 429 are the back ends' own
  kAcceleratorLate = 420,
  kAcceleratorFailed = 421,
  kAcceleratorMissing = 422,
  kDeviceMissing = 425,
  kDeviceMemory = 426,
  kOnnxOfAnotherModel = 427,
  kPlanFailed = 428,

  // Meters
  kMeterLost = 430,
  kMeterMissing = 431,

  // What kept the machine from resting
  kGpuBacklog = 440,
  kGpuChannelOpen = 441,
  kGpuClocksPinned = 442,
  kCpuSpun = 443,
  kGpuHot = 444,

  // Suspend
  kSuspendRefused = 450,
  kDidNotSuspend = 451,
  kWokeEarly = 452,
  kSuspendUnavailable = 453,

  // Calibrations of the residency ladder
  kCalibrationMalformed = 460,
  kCalibrationForeign = 461,
  kCalibrationNotNamed = 462,

  // Alarms, and their way out
  kAlarmSinkAddress = 470,
  kAlarmSecret = 471,
  kAlarmSecretInClear = 472,
  kAlarmSinkDown = 473,
  kAlarmRefused = 474,
  kAlarmSinkMissing = 475,

  // The sink of metrics, and what it wants to see
  kSinkOptions = 480,
  kSinkSecret = 481,
  kSinkSecretInClear = 482,
  kTextfileNotWritten = 483,
  kSnappyMissing = 484,

  // Journal and state
  kJournalOpen = 500,
  kJournalCorrupt = 501,
  kJournalFull = 502,
  kJournalSchema = 503,
  kJournalNotDurable = 504,
  kStateMalformed = 505,
  kStateLocked = 506,
  kTraceMalformed = 510,
  kTraceNotWritten = 511,

  // Gateway
  kGatewayUnreachable = 600,
  kGatewayRejected = 601,
  kGatewayTimeout = 602,
  kGatewayRubbish = 603,
  kDnsTimeout = 604,
  kDnsFailed = 605,
  kRosterMalformed = 606,

  // Flash of the firmware
  kFlashIo = 700,
  kFlashMalformed = 701,
};

}  // namespace torpor
