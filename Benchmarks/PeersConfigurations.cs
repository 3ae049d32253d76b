namespace OrleansTwitterProxy.Benchmarks;

/// <summary>How nginx and HAProxy are set: HTTP/1.1 with kept connections on both sides, no log, a thread for each processor.</summary>
internal static class PeersConfigurations
{
    public static string Nginx(string home, int port, int origin) =>
        $$"""
            {{(Environment.IsPrivilegedProcess ? "user root;" : "")}}
            daemon off;
            worker_processes auto;
            pid {{home}}/nginx.run;
            events {
                worker_connections 1024;
            }
            http {
                access_log off;
                client_body_temp_path {{home}}/nginx-body;
                proxy_temp_path {{home}}/nginx-proxy;
                fastcgi_temp_path {{home}}/nginx-fastcgi;
                uwsgi_temp_path {{home}}/nginx-uwsgi;
                scgi_temp_path {{home}}/nginx-scgi;
                keepalive_requests 1000000000;
                upstream origin {
                    server 127.0.0.1:{{origin}};
                    keepalive 64;
                    keepalive_requests 1000000000;
                }
                server {
                    listen 127.0.0.1:{{port}};
                    location / {
                        proxy_pass http://origin;
                        proxy_http_version 1.1;
                        proxy_set_header Connection "";
                    }
                }
            }
            """;

    public static string Haproxy(int port, int origin) =>
        $"""
            defaults
              mode http
              timeout connect 2s
              timeout client 6m
              timeout server 6m
              http-reuse always

            frontend peers
              bind 127.0.0.1:{port}
              default_backend origin

            backend origin
              server origin 127.0.0.1:{origin}

            """;
}
