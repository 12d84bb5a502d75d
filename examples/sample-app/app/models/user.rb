require "digest"
require "securerandom"

class User < ApplicationRecord
  # How long the link in the mail is good.
  LINK_LIFE = 2 * 24 * 3600

  has_many :microposts, dependent: :destroy
  has_secure_password

  # Of the link in the mail; only its digest is kept.
  attr_reader :activation_token

  before_validation { self.email = email.to_s.strip.downcase }
  validates :name, presence: true, length: { maximum: 50 }
  validates :email, presence: true, length: { maximum: 190 }, uniqueness: { case_sensitive: false },
                    format: { with: /\A[^@\s,;<>]+@[^@\s,;<>]+\z/ }
  validates :password, length: { minimum: 8 }, allow_nil: true

  # Accounts whose link was never followed, and no longer can be.
  scope :abandoned, -> { where(activated_at: nil).where("activation_sent_at < ?", Time.now - LINK_LIFE) }

  def self.digest(token)
    Digest::SHA256.hexdigest(token)
  end

  # The user whose link it is and whose link is still good, or nil.
  def self.of_link(token)
    where(activation_digest: digest(token)).where("activation_sent_at > ?", Time.now - LINK_LIFE).first
  end

  def active?
    !activated_at.nil?
  end

  def new_activation
    @activation_token = SecureRandom.urlsafe_base64(24)
    self.activation_digest = self.class.digest(@activation_token)
    self.activation_sent_at = Time.now
  end

  def activate!
    update!(activated_at: Time.now) unless active?
  end
end
