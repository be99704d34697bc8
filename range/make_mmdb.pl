# make_mmdb.pl FILE <NETWORKS.json: an MMDB with country and autonomous system of every network.
# Wider networks stand first in the list, so that the narrower ones overwrite their part.
use strict;
use warnings;
use JSON::PP;
use MaxMind::DB::Writer::Tree;

my $file = shift or die "make_mmdb.pl FILE <NETWORKS.json\n";
my $networks = decode_json(do { local $/; <STDIN> });
my %types = (
    country => 'map', iso_code => 'utf8_string',
    autonomous_system_number => 'uint32', autonomous_system_organization => 'utf8_string',
);
my $tree = MaxMind::DB::Writer::Tree->new(
    ip_version => 6, record_size => 24, database_type => 'Hotline-Range',
    languages => ['en'], description => { en => 'Networks of the simulated internet' },
    # All of the range lies in networks that are reserved for documentation.
    remove_reserved_networks => 0,
    map_key_type_callback => sub { $types{ $_[0] } },
);
for my $one (@$networks) {
    $tree->insert_network($one->{network}, {
        country => { iso_code => $one->{country} },
        autonomous_system_number => $one->{asn},
        autonomous_system_organization => $one->{organisation},
    });
}
open my $out, '>:raw', $file or die "$file: $!\n";
$tree->write_tree($out);
close $out or die "$file: $!\n";
