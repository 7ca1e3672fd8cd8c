# Temporal's server with the ways of the official image: user 1000, temporal-server on the PATH, nc.
FROM debian:trixie-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends ca-certificates netcat-openbsd \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /usr/share/doc /usr/share/man /usr/share/locale && useradd -u 1000 temporal
COPY temporal-server /usr/local/bin/
WORKDIR /etc/temporal
USER temporal
CMD ["temporal-server", "start"]
