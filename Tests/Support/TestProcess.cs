namespace OrleansTwitterProxy.Tests.Support;

/// <summary>The entry point of the test assembly when a test starts it as a process of its own; the test runner never calls it.</summary>
internal static class TestProcess
{
    public static int Main() => 0;
}
