# Three images:
#
#   proxy     the whole proxy in one process, on SQLite in the volume /data
#   silo      every process of a cluster: a silo by default, a front end with the command "dotnet OrleansTwitterProxy.Api.dll"
#   sandbox   the stand-in for X
#
#   docker build --target proxy --build-arg REVISION=$(git rev-parse HEAD) -t orleans-twitter-proxy .
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
# The commit that --version shows after the version: the repository itself is not copied here.
ARG REVISION=
RUN dotnet publish Silo -c Release -o /app/silo --no-restore -p:SourceRevisionId=$REVISION \
  && dotnet publish Sandbox -c Release -o /app/sandbox -p:SourceRevisionId=$REVISION

FROM mcr.microsoft.com/dotnet/aspnet:10.0 AS base
# curl is for the health checks, openssl for the certificate that docker-compose.yml makes.
RUN apt-get update && apt-get install -y --no-install-recommends curl openssl && rm -rf /var/lib/apt/lists/*
RUN mkdir /certificate /data && chown $APP_UID /certificate /data && chmod 700 /data
WORKDIR /app
# By number: Kubernetes can tell that it is not root.
USER $APP_UID
EXPOSE 8080

FROM base AS sandbox
COPY --from=build /app/sandbox .
ENTRYPOINT ["dotnet", "OrleansTwitterProxy.Sandbox.dll"]

FROM base AS silo
COPY --from=build /app/silo .
ENTRYPOINT ["dotnet", "OrleansTwitterProxy.Silo.dll"]

FROM base AS proxy
COPY --from=build /app/silo .
ENV ASPNETCORE_URLS=http://0.0.0.0:8080 Proxy__DataPath=/data
VOLUME /data
# A start migrates the database first, and takes seconds.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/healthz/ready"]
ENTRYPOINT ["dotnet", "OrleansTwitterProxy.Silo.dll"]
