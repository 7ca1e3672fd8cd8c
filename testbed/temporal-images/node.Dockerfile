# Node.js with the ways of the official image: node in /usr/local/bin, npm, user node.
FROM debian:trixie-slim
RUN useradd -u 1000 -m node
COPY node /usr/local/bin/node
COPY npm.tgz /tmp/
RUN mkdir -p /usr/local/lib/node_modules/npm && tar -xzf /tmp/npm.tgz -C /usr/local/lib/node_modules/npm --strip-components 1 \
 && rm /tmp/npm.tgz && ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
# The authorities that this machine trusts: the registry may be reached by way of one of its own.
COPY authorities.pem /authorities.pem
ENV NODE_EXTRA_CA_CERTS=/authorities.pem
CMD ["node"]
