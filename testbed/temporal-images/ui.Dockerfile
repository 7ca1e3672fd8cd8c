# Temporal's UI with the ways of the official image: user 1000, bash, its configuration from variables, port 8080.
FROM debian:trixie-slim
RUN useradd -u 1000 temporal
WORKDIR /home/ui-server
COPY ui-server ./
COPY ui-config.yaml ./config/docker.yaml
USER temporal
EXPOSE 8080
CMD ["./ui-server", "--env", "docker", "start"]
