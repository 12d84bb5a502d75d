#!/usr/bin/env bash
# Migrates the databases of a release, from its directory and in its environment:
#   bash -c "$(cat migrate.sh)" migrate COMMAND new|recorded RAILS_ENV "DATABASE..." < VERSIONS
# A release that is new is migrated; one that was recorded earlier where a database lacks something, as it is new or was
# restored from an older snapshot. VERSIONS has `queue 20260101000000` for a migration that the database queue has, and
# `queue 0` for one that was ever migrated. DATABASE... are those beside the first one, which is called primary.
set -u
command=$1 release=$2 section=$3
read -ra beside <<< "$4"
# At once, as every program that runs here would take it.
versions=$(cat)

# Directories in which config/database.yml says that the migrations of a database are, one to a line or in brackets.
configured() {
    awk -v section="^$section:" -v entry="^ +$1:" '
        /^[^ #]/ { inside = ($0 ~ section); within = 0 }
        !inside || /^ *(#|$)/ { next }
        { depth = match($0, /[^ ]/) }
        within && depth <= within { within = 0 }
        $0 ~ entry { within = depth }
        !within { next }
        { sub(/ #.*/, ""); gsub(/[][",\047]/, " ") }
        $1 == "migrations_paths:" { listing = 1; $1 = ""; print; next }
        listing && $1 == "-" { $1 = ""; print; next }
        { listing = 0 }
    ' config/database.yml 2>/dev/null
}

# Versions of migrations that a database has not: what Rails takes, the number that a file's name begins with, wherever it is.
lacking() {
    local name=$1 usual=$2 paths
    read -ra paths <<< "$(configured "$name" | tr '\n' ' ')"
    find -L "${paths[@]:-$usual}" -name '[0-9]*_*.rb' -printf '%f\n' 2>/dev/null | sed -E 's/^0*([0-9]+)_.*/\1/' |
        grep -vxF -e "$(sed -nE "s/^$name 0*([0-9])/\1/p" <<< "$versions")"
}

# db:schema:load:NAME would purge the database NAME of Rails' environment test first, which servers have not.
schema='Rake::Task.define_task("railyard:schema" => "db:load_config") do
  every = ActiveRecord::Base.configurations.configs_for(env_name: Rails.env)
  one = every.find { |config| config.name == ENV["RAILYARD_DATABASE"] }
  one or abort "config/database.yml has no #{ENV["RAILYARD_DATABASE"]}, which railyard_app_databases has: there is only #{every.map(&:name).join(", ")}"
  # It is written to what Rails is connected to, which is the first database otherwise.
  ActiveRecord::Base.establish_connection(one)
  ActiveRecord::Tasks::DatabaseTasks.load_schema(one)
end'

pending=$(lacking primary db/migrate)
for name in "${beside[@]}"; do
    pending+=$(lacking "$name" "db/${name}_migrate")
    if ! grep -qx "$name 0" <<< "$versions"; then
        pending+=new
        # Migrations build on this file: those of gems such as Solid Queue bring no others. `rails db:prepare` does it too, and
        # sows db/seeds.rb in databases that were sown before. Rails 6.0 loads them otherwise, and had no such gems.
        if [ -e "db/${name}_schema.rb" ] && ! grep -Eqs '^    activerecord \(6\.0' "${BUNDLE_GEMFILE:-Gemfile}.lock"; then
            echo "The database $name is new: db/${name}_schema.rb is what it is migrated from"
            RAILYARD_DATABASE=$name bundle exec rake -E "$schema" railyard:schema || exit
        fi
    fi
done
if [ "$release" != new ] && [ -z "$pending" ]; then exit 0; fi
eval "$command"
