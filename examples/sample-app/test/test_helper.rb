ENV["RAILS_ENV"] = "test"
# No test reaches out: what is set for an application nearby is not for this one.
ENV.delete_if { |name, _value| name.start_with?("AWS_INTRO_SAMPLE_", "DATABASE_", "MAIL_FROM") }
ENV["AWS_INTRO_SAMPLE_HOST"] = "sample.example"
ENV["AWS_INTRO_SAMPLE_SMTP_DOMAIN"] = "sample.example"

require_relative "../config/environment"
require "rails/test_help"

ActiveRecord::Migration.verbose = false

class ActiveSupport::TestCase
  PASSWORD = "correct horse battery".freeze

  setup do
    Rails.cache.clear
    SampleApp::Tiers.forget
    ActionMailer::Base.deliveries.clear
  end

  def user(name = "mina", active: true)
    found = User.new(name: name, email: "#{name}@sample.example", password: PASSWORD)
    found.new_activation
    found.activated_at = Time.now if active
    found.save!
    found
  end

  # A picture as a browser sends it.
  def picture(kind = "png", width = 1200, height = 600)
    path = Rails.root.join("tmp", "test-#{width}x#{height}.#{kind}").to_s
    unless File.exist?(path)
      MiniMagick::Tool::Convert.new do |convert|
        convert.size("#{width}x#{height}").xc("red").set("comment", "taken at home")
        convert << "#{kind}:#{path}"
      end
    end
    Rack::Test::UploadedFile.new(path, "image/#{kind}")
  end
end

class ActionDispatch::IntegrationTest
  def log_in(who)
    post session_path, params: { email: who.email, password: PASSWORD }
    assert_redirected_to root_path
  end
end
