#include "worker-agent/registry/site_server.hpp"

namespace registry {

// The image starts as nobody, who is left NET_BIND_SERVICE only; nginx gives that up too where its port needs it not.
const std::string_view kSiteStart = R"(#!/bin/busybox sh
set -e
port="${PORT:-8080}"
case "$port" in *[!0-9]*) echo "PORT is no number: $port" >&2; exit 1 ;; esac
/bin/busybox sed "s/@PORT@/$port/" /etc/wisehosting/site.conf > /tmp/site.conf
set -- /usr/sbin/nginx -e stderr -c /tmp/site.conf
[ "$port" -lt 1024 ] || set -- /bin/busybox setpriv --inh-caps -net_bind_service "$@"
exec "$@"
)";

// Last-Modified is left out: the files' times say what is in them (builds::content_time), for nginx makes the ETag of
// time and length. `no-cache` is "ask again before you show it": with the ETag that costs an answer without a body.
const std::string_view kSiteConfiguration = R"(daemon off;
pid /tmp/nginx.pid;
error_log stderr crit;
worker_processes 1;
events { worker_connections 1024; }
http {
  client_body_temp_path /tmp/body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;
  access_log off;
  log_not_found off;
  server_tokens off;
  sendfile on;
  tcp_nopush on;
  absolute_redirect off;
  if_modified_since off;
  types_hash_max_size 2048;
  types {
    text/html html htm shtml;
    text/css css;
    text/plain txt text log md;
    text/csv csv;
    text/calendar ics;
    text/vcard vcf;
    text/vtt vtt;
    text/xml xml;
    text/javascript js mjs;
    application/json json map;
    application/ld+json jsonld;
    application/manifest+json webmanifest;
    application/geo+json geojson;
    application/atom+xml atom;
    application/rss+xml rss;
    application/xhtml+xml xhtml;
    application/wasm wasm;
    application/pdf pdf;
    application/rtf rtf;
    application/zip zip;
    application/gzip gz tgz;
    application/x-7z-compressed 7z;
    application/x-bzip2 bz2;
    application/x-tar tar;
    application/x-xz xz;
    application/zstd zst;
    application/epub+zip epub;
    application/msword doc;
    application/vnd.ms-excel xls;
    application/vnd.ms-powerpoint ppt;
    application/vnd.ms-fontobject eot;
    application/vnd.openxmlformats-officedocument.wordprocessingml.document docx;
    application/vnd.openxmlformats-officedocument.spreadsheetml.sheet xlsx;
    application/vnd.openxmlformats-officedocument.presentationml.presentation pptx;
    audio/aac aac;
    audio/flac flac;
    audio/midi mid midi;
    audio/mp4 m4a;
    audio/mpeg mp3;
    audio/ogg oga ogg opus;
    audio/wav wav;
    audio/webm weba;
    font/otf otf;
    font/ttf ttf;
    font/woff woff;
    font/woff2 woff2;
    image/apng apng;
    image/avif avif;
    image/bmp bmp;
    image/gif gif;
    image/jpeg jpg jpeg;
    image/jxl jxl;
    image/png png;
    image/svg+xml svg;
    image/tiff tif tiff;
    image/webp webp;
    image/x-icon ico;
    video/mp4 mp4 m4v;
    video/mpeg mpeg mpg;
    video/ogg ogv;
    video/quicktime mov;
    video/webm webm;
    video/mp2t ts;
    application/vnd.apple.mpegurl m3u8;
  }
  default_type application/octet-stream;
  charset utf-8;
  charset_types text/css text/plain text/csv text/calendar text/vcard text/vtt text/xml text/javascript
                application/json application/manifest+json application/atom+xml application/rss+xml image/svg+xml;
  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_min_length 512;
  gzip_types text/css text/plain text/csv text/calendar text/vcard text/vtt text/xml text/javascript
             application/json application/ld+json application/manifest+json application/geo+json
             application/atom+xml application/rss+xml application/xhtml+xml application/wasm
             application/vnd.ms-fontobject font/otf font/ttf image/svg+xml image/bmp image/x-icon;
  server {
    listen @PORT@;
    root /site/current;
    index index.html;
    add_header Cache-Control no-cache always;
    add_header Last-Modified "";
    add_header X-Content-Type-Options nosniff always;
    error_page 403 404 =404 /404.html;
    location = /404.html { try_files $uri @missing; }
    location @missing {
      types { }
      default_type text/plain;
      return 404 "Not found.\n";
    }
    location ~ /\.(?!well-known/) { return 404; }
  }
}
)";

}  // namespace registry
