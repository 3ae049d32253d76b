using System.CommandLine;
using OrleansTwitterProxy.Core.Clients;

namespace OrleansTwitterProxy.Api.Ops;

/// <summary>The command <c>keys new-admin NAME</c>.</summary>
internal static class AdminKeyCommand
{
    public static Command Create(string[] settings)
    {
        var name = new Argument<string>("NAME")
        {
            Description = "Who uses the key, as the audit will say: letters, digits, '-', '_' and '.'.",
        };
        var create = new Command("new-admin", "Creates an operator's key. It is printed once; the configuration holds only its hash.")
        {
            name,
        };
        create.Validators.Add(result =>
        {
            if (settings is [var setting, ..])
                result.AddError($"'keys new-admin' reads no configuration: leave out '{setting}'.");
        });
        create.SetAction(result => Print(result.GetRequiredValue(name)));
        return create;
    }

    private static int Print(string name)
    {
        if (!ClientValidation.IsId(name))
        {
            Console.Error.WriteLine($"Ops:AdminKeys:{name}: a key's name has 1 to 64 letters, digits, '-', '_' or '.'.");
            return 1;
        }

        var key = ApiKey.New();
        var hash = ApiKey.Hash(key);
        Console.WriteLine(
            $$"""
            Admin key of {{name}}, shown this once; operators send it as the header X-Admin-Key, or as the password in the browser's dialog:

              {{key}}

            Configuration (appsettings.json in the proxy's working folder; takes effect at once when saved):

              {
                "Ops": {
                  "AdminKeys": {
                    "{{name}}": "{{hash}}"
                  }
                }
              }

            or on the command line: --Ops:AdminKeys:{{name}}={{hash}}
            """
        );
        // In a variable "__" separates the names, and a shell takes no other characters.
        if (!$"_{name}_".Contains("__", StringComparison.Ordinal) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_'))
            Console.WriteLine($"or in the environment: Ops__AdminKeys__{name}={hash}");
        return 0;
    }
}
