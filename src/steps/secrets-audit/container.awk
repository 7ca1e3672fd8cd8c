BEGIN { label = ENVIRON["label"] }
NR == 1 { if (label ~ / $/) label = label substr($0, 2); next }
{ gsub(/\002/, "\n"); at = index($0, "="); if (at > 1) emit(0, substr($0, 1, at - 1), substr($0, at + 1)) }
