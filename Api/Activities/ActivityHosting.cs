using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Core.Activities;

namespace OrleansTwitterProxy.Api.Activities;

/// <summary>Registers activity and audit, and records calls.</summary>
internal static class ActivityHosting
{
    /// <summary>
    /// Stands before everything that records, so that it stops after it. It needs <see cref="IActivityRows"/> and <see cref="IAuditRows"/>.
    /// </summary>
    public static void AddActivity(this IServiceCollection services)
    {
        services.AddValidatedOptions<ActivityOptions>(ActivityOptions.Section);
        services.AddValidatedOptions<AuditOptions>(AuditOptions.Section);
        services.AddSingleton<ActivityLog>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<OperatorAudit>();
        services.AddHostedService<ActivityService>();
        services.AddHostedService<ConfigurationAudit>();
    }

    /// <summary>Stands before everything that may refuse a call.</summary>
    public static void UseActivity(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ActivityLog>();
        if (log.IsEnabled)
            app.Use(new ActivityRecorder(log, app.Services.GetRequiredService<TimeProvider>()).InvokeAsync);
    }
}
