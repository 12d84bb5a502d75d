require "securerandom"

module SampleApp
  module Tiers
    # An object is put, read and deleted.
    module Uploads
      module_function

      def check
        store = SampleApp::Uploads.store
        key = "health/#{SecureRandom.hex(8)}"
        mark = SecureRandom.hex(8)
        store.put(key, mark, "text/plain")
        read = store.get(key)
        store.delete(key)
        raise Wrong, "the object that was written was not read" unless read == mark

        {}
      end
    end
  end
end
