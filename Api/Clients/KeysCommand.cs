using System.CommandLine;
using OrleansTwitterProxy.Api.Hosting;
using OrleansTwitterProxy.Api.Ops;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Clients;

/// <summary>The command <c>keys new NAME</c>: a key, and its client in each form that the configuration takes.</summary>
internal static class KeysCommand
{
    // The proxy's own page, under the names it has without settings.
    private static readonly string[] PageOrigins = [ListenAddresses.Default, "http://localhost:8080"];

    public static Command Create(string[] settings)
    {
        var name = new Argument<string>("NAME") { Description = "The client's id: letters, digits, '-', '_' and '.'." };
        var create = new Command("new", "Creates an API key. It is printed once; the configuration holds only its hash.") { name };
        create.Validators.Add(result =>
        {
            if (settings is [var setting, ..])
                result.AddError($"'keys new' reads no configuration: leave out '{setting}'.");
        });
        create.SetAction(result => Run(result.GetRequiredValue(name)));
        return new Command("keys", "API keys of clients, and admin keys of operators.") { create, AdminKeyCommand.Create(settings) };
    }

    private static int Run(string name)
    {
        var key = ApiKey.New();
        var hash = ApiKey.Hash(key);
        if (ClientValidation.Failures(name, new() { ApiKeys = [hash] }).FirstOrDefault() is { } failure)
        {
            Console.Error.WriteLine(failure);
            return 1;
        }

        Console.WriteLine(Describe(name, key, hash));
        return 0;
    }

    private static string Describe(string name, string key, string hash) =>
        $$"""
            API key of {{name}}, shown this once; give it to the client as the header X-Api-Key:

              {{key}}

            Configure its hash in one of these ways. The return URLs and origins are those of the proxy's own page, which this key then opens;
            put those of your application in their place, or beside them.

            In appsettings.json, in the proxy's working folder; takes effect at once when saved:

              {
                "Clients": {
                  "{{name}}": {
                    "ApiKeys": [ "{{hash}}" ],
                    "ReturnUrls": [ {{string.Join(", ", PageOrigins.Select(origin => $"\"{origin}/\""))}} ],
                    "Origins": [ {{string.Join(", ", PageOrigins.Select(origin => $"\"{origin}\""))}} ]
                  }
                }
              }

            As arguments, in any shell:

              dotnet run --project Silo -- {{string.Join(' ', Settings(name, hash).Select(setting => $"--{setting.Name}={setting.Value}"))}}

            {{DescribeVariables(name, hash)}}
            """;

    private static string DescribeVariables(string name, string hash)
    {
        if (!CanBeInVariable(name))
            return $"Not in the environment: there '__' separates the names, so it cannot name the client '{name}'.";
        var lines = string.Join(
            Environment.NewLine + "  ",
            Settings(name, hash).Select(setting => $"{setting.Name.Replace(":", "__", StringComparison.Ordinal)}={setting.Value}")
        );
        var users = IsIdentifier(name)
            ? "In an env file, as systemd, Docker, Kubernetes and shells read it:"
            : $"""
                In an env file, as Docker and Kubernetes read it. systemd and shells take no name with '{name.First(c =>
                    !IsInIdentifier(c)
                )}' in it:
                for those, call the client '{new string([.. name.Select(c => IsInIdentifier(c) ? c : '_')])}', or use one of the ways above.
                """;
        return $"{users}{Environment.NewLine}{Environment.NewLine}  {lines}";
    }

    private static IEnumerable<(string Name, string Value)> Settings(string name, string hash) =>
        [
            ($"Clients:{name}:ApiKeys:0", hash),
            .. PageOrigins.Select((origin, i) => ($"Clients:{name}:ReturnUrls:{i}", origin + "/")),
            .. PageOrigins.Select((origin, i) => ($"Clients:{name}:Origins:{i}", origin)),
        ];

    // Where each "__" is read as the separator, from the left, the name must come back as it was.
    private static bool CanBeInVariable(string name) => !name.Contains("__", StringComparison.Ordinal) && name[0] != '_' && name[^1] != '_';

    private static bool IsIdentifier(string name) => name.All(IsInIdentifier);

    private static bool IsInIdentifier(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
}
