using OrleansTwitterProxy.Smoke;

return await SmokeCommand.Create().Parse(args).InvokeAsync();
