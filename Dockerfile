# Two images: `silo`, every process of the cluster (the front end is OrleansTwitterProxy.Api.dll in it), and `sandbox`, the stand-in for X.
FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY Core/Core.csproj Core/
COPY Settings/Settings.csproj Settings/
COPY Api/Api.csproj Api/
COPY Sandbox/Sandbox.csproj Sandbox/
COPY Grains.Interfaces/Grains.Interfaces.csproj Grains.Interfaces/
COPY Grains/Grains.csproj Grains/
COPY Silo/Silo.csproj Silo/
RUN dotnet restore Silo
COPY Core Core
COPY Settings Settings
COPY Api Api
COPY Sandbox Sandbox
COPY Grains.Interfaces Grains.Interfaces
COPY Grains Grains
COPY Silo Silo
RUN dotnet publish Silo -c Release -o /app/silo --no-restore && dotnet publish Sandbox -c Release -o /app/sandbox

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS base
# curl is for the health checks, openssl for the certificate that docker-compose.yml makes.
RUN apt-get update && apt-get install -y --no-install-recommends curl openssl && rm -rf /var/lib/apt/lists/*
RUN mkdir /certificate && chown $APP_UID /certificate
WORKDIR /app
USER $APP_UID
EXPOSE 8080

FROM base AS sandbox
COPY --from=build /app/sandbox .
ENTRYPOINT ["dotnet", "OrleansTwitterProxy.Sandbox.dll"]

FROM base AS silo
COPY --from=build /app/silo .
ENTRYPOINT ["dotnet", "OrleansTwitterProxy.Silo.dll"]
