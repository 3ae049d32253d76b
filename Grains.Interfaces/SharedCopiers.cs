using Orleans;
using Orleans.Serialization.Cloning;
using OrleansTwitterProxy.Core.Circuit;
using OrleansTwitterProxy.Core.Clients;
using OrleansTwitterProxy.Core.Forwarding;
using OrleansTwitterProxy.Core.Media;
using OrleansTwitterProxy.Core.Queueing;
using OrleansTwitterProxy.Core.RateLimits;
using OrleansTwitterProxy.Core.Rejections;
using OrleansTwitterProxy.Core.Sessions;
using OrleansTwitterProxy.Core.SignIn;

namespace OrleansTwitterProxy.Grains.Interfaces;

// Orleans copies arguments and results between two grains of one process, and through a surrogate that means everything in them: up to
// 16 MiB of body. Core's messages are immutable, so they are handed over as they are. [Immutable] says the same of types that know Orleans.

[RegisterCopier]
public sealed class ForwardRequestCopier : ShallowCopier<ForwardRequest>;

[RegisterCopier]
public sealed class ForwardResponseCopier : ShallowCopier<ForwardResponse>;

[RegisterCopier]
public sealed class AnswerCopier<T> : ShallowCopier<Answer<T>>
    where T : class;

[RegisterCopier]
public sealed class RejectionCopier : ShallowCopier<Rejection>;

[RegisterCopier]
public sealed class WindowSnapshotCopier : ShallowCopier<WindowSnapshot>;

[RegisterCopier]
public sealed class DryRunCopier : ShallowCopier<DryRun>;

[RegisterCopier]
public sealed class UsageCapCopier : ShallowCopier<UsageCap>;

[RegisterCopier]
public sealed class LimitsSnapshotCopier : ShallowCopier<LimitsSnapshot>;

[RegisterCopier]
public sealed class LineSnapshotCopier : ShallowCopier<LineSnapshot>;

[RegisterCopier]
public sealed class WaiterSnapshotCopier : ShallowCopier<WaiterSnapshot>;

[RegisterCopier]
public sealed class NewSessionCopier : ShallowCopier<NewSession>;

[RegisterCopier]
public sealed class SessionSnapshotCopier : ShallowCopier<SessionSnapshot>;

[RegisterCopier]
public sealed class SignOutResultCopier : ShallowCopier<SignOutResult>;

[RegisterCopier]
public sealed class SignInRequestCopier : ShallowCopier<SignInRequest>;

[RegisterCopier]
public sealed class SignInStartedCopier : ShallowCopier<SignInStarted>;

[RegisterCopier]
public sealed class SignInCallbackCopier : ShallowCopier<SignInCallback>;

[RegisterCopier]
public sealed class SignInOutcomeCopier : ShallowCopier<SignInOutcome>;

[RegisterCopier]
public sealed class OpenedSessionCopier : ShallowCopier<OpenedSession>;

[RegisterCopier]
public sealed class CircuitBoardCopier : ShallowCopier<CircuitBoard>;

[RegisterCopier]
public sealed class NodeReportCopier : ShallowCopier<NodeReport>;

[RegisterCopier]
public sealed class ProbeAnswerCopier : ShallowCopier<ProbeAnswer>;

[RegisterCopier]
public sealed class CircuitSnapshotCopier : ShallowCopier<CircuitSnapshot>;

[RegisterCopier]
public sealed class FamilyStateCopier : ShallowCopier<FamilyState>;

[RegisterCopier]
public sealed class FamilyTallyCopier : ShallowCopier<FamilyTally>;

[RegisterCopier]
public sealed class AccountNameCopier : ShallowCopier<AccountName>;

[RegisterCopier]
public sealed class ClientDemandCopier : ShallowCopier<ClientDemand>;

[RegisterCopier]
public sealed class ClientLeaseCopier : ShallowCopier<ClientLease>;

[RegisterCopier]
public sealed class UploadCallerCopier : ShallowCopier<UploadCaller>;

[RegisterCopier]
public sealed class NewUploadCopier : ShallowCopier<NewUpload>;

[RegisterCopier]
public sealed class UploadPieceCopier : ShallowCopier<UploadPiece>;

[RegisterCopier]
public sealed class UploadSnapshotCopier : ShallowCopier<UploadSnapshot>;
