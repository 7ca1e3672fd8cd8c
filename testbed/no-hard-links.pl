#!/usr/bin/perl
# Mounts a file system that knows no hard links, as FAT and many network shares do: what is in BACKING, by FUSE.
#   no-hard-links.pl BACKING MOUNTPOINT      serves until it is unmounted
# Numbers are those of the kernel's <linux/fuse.h>, version 7.31; Perl, because every Debian has it.
use strict;
use warnings;

my ($backing, $mountpoint) = @ARGV;
system('mknod', '/dev/fuse', 'c', '10', '229') unless -e '/dev/fuse';
$^F = 255; # mount is started with the descriptor open
sysopen(my $fuse, '/dev/fuse', 2) or die "/dev/fuse: $!";
my $options = 'fd=' . fileno($fuse) . ',rootmode=40000,user_id=0,group_id=0,default_permissions';
system('mount', '-i', '-t', 'fuse.nolinks', '-o', $options, 'nolinks', $mountpoint) == 0 or die "not mounted";

my %path = (1 => $backing);
my %node = ($backing => 1);
my $last = 1;
my ($NOENT, $PERM, $NOSYS) = (2, 1, 38);

sub attributes {
    my ($at) = @_;
    my @s = lstat $at or return;
    return pack('Q6 L10', $s[1], $s[7], $s[12] // 0, $s[8], $s[9], $s[10], 0, 0, 0, @s[2, 3, 4, 5], 0, 4096, 0);
}

sub entry {
    my ($at) = @_;
    my $attributes = attributes($at) or return;
    $node{$at} //= ++$last;
    $path{ $node{$at} } = $at;
    return pack('Q4 L2', $node{$at}, 0, 0, 0, 0, 0) . $attributes;
}

sub moved {
    my ($from, $to) = @_;
    for my $at (grep { $_ eq $from || index($_, "$from/") == 0 } keys %node) {
        my $now = $to . substr($at, length $from);
        $node{$now} = delete $node{$at};
        $path{ $node{$now} } = $now;
    }
}

sub listed {
    my ($at, $offset) = @_;
    opendir(my $directory, $at) or return '';
    my @names = sort readdir $directory;
    my $answer = '';
    for my $index ($offset .. $#names) {
        my $name = $names[$index];
        my $one = pack('Q Q L L', 1, $index + 1, length $name, 0) . $name;
        $answer .= $one . "\0" x (-length($one) % 8);
        last if length $answer > 3000;
    }
    return $answer;
}

my $opened = pack('Q L L', 0, 0, 0);

sub failed { return \($! + 0) }

# An answer, or a reference to an error's number; no answer at all for undef.
my %does = (
    1 => sub { my ($at, $in) = @_; entry("$at/" . unpack('Z*', $in)) // \$NOENT },
    2 => sub { undef },
    3 => sub { my ($at) = @_; my $is = attributes($at); $is ? pack('Q L L', 0, 0, 0) . $is : \$NOENT },
    4 => sub {
        my ($at, $in) = @_;
        my ($valid, undef, undef, $size, undef, undef, undef, undef, undef, undef, undef, $mode, undef, $uid, $gid) =
            unpack('L L Q6 L L L L L L L', $in);
        chmod $mode & 07777, $at if $valid & 1;
        chown $valid & 2 ? $uid : -1, $valid & 4 ? $gid : -1, $at if $valid & 6;
        truncate $at, $size if $valid & 8;
        pack('Q L L', 0, 0, 0) . attributes($at);
    },
    8 => sub { my ($at, $in) = @_; made("$at/" . unpack('x16 Z*', $in), unpack('L', $in)) },
    9 => sub {
        my ($at, $in) = @_;
        my ($mode, $name) = unpack('L x4 Z*', $in);
        mkdir "$at/$name", $mode & 07777 or return failed();
        entry("$at/$name");
    },
    10 => sub { my ($at, $in) = @_; unlink("$at/" . unpack('Z*', $in)) ? '' : failed() },
    11 => sub { my ($at, $in) = @_; rmdir("$at/" . unpack('Z*', $in)) ? '' : failed() },
    12 => sub {
        my ($at, $in) = @_;
        my ($to, $from, $name) = unpack('Q Z* Z*', $in);
        rename "$at/$from", "$path{$to}/$name" or return failed();
        moved("$at/$from", "$path{$to}/$name");
        '';
    },
    # What this is all about: link(2).
    13 => sub { \$PERM },
    14 => sub { $opened },
    15 => sub {
        my ($at, $in) = @_;
        my (undef, $offset, $size) = unpack('Q Q L', $in);
        open(my $file, '<:raw', $at) or return failed();
        sysseek $file, $offset, 0;
        sysread($file, my $bytes, $size);
        $bytes;
    },
    16 => sub {
        my ($at, $in) = @_;
        my (undef, $offset, $size) = unpack('Q Q L', $in);
        open(my $file, '+<:raw', $at) or return failed();
        sysseek $file, $offset, 0;
        pack('L L', syswrite($file, substr($in, 40, $size)), 0);
    },
    17 => sub { pack('Q5 L4 L6', (1 << 20) x 5, 4096, 255, 4096, 0, (0) x 6) },
    26 => sub { pack('L4 S2 L2 S2 L L x24', 7, 31, 65536, 0, 12, 9, 65536, 1, 16, 0, 0, 0) },
    27 => sub { $opened },
    28 => sub { my ($at, $in) = @_; listed($at, unpack('x8 Q', $in)) },
    35 => sub {
        my ($at, $in) = @_;
        my $entry = made("$at/" . unpack('x16 Z*', $in), unpack('x4 L', $in));
        ref $entry ? $entry : $entry . $opened;
    },
    36 => sub { undef },
    42 => sub { undef },
    (map { $_ => sub { '' } } 18, 20, 25, 29, 30, 34, 38),
);

sub made {
    my ($at, $mode) = @_;
    open(my $file, '>>', $at) or return failed();
    chmod $mode & 07777, $at;
    return entry($at);
}

while (sysread $fuse, my $request, 1 << 18) {
    my (undef, $operation, $unique, $id) = unpack('L L Q Q', $request);
    my $does = $does{$operation} // sub { \$NOSYS };
    my $answer = $does->($path{$id} // $backing, substr $request, 40);
    next unless defined $answer;
    my ($error, $bytes) = ref $answer ? (-$$answer, '') : (0, $answer);
    syswrite $fuse, pack('L l Q', 16 + length $bytes, $error, $unique) . $bytes;
}
